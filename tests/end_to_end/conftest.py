"""The real graph with small settings, the sample and a dataset of one's own, run twice: by DVC and by Dagster."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.checkout import SMALL, Checkout
from tests.datasets.holiday import documented, write_holiday

JOB = ("dagster", "job", "execute", "-m", "orchestration.definitions", "-j", "pipeline")


@dataclass(frozen=True)
class Runs:
    """Two checkouts after their first run; what Dagster said raises if its run failed."""

    by_dvc: Checkout
    by_dagster: Checkout
    dagster_said: "Future[str]"


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Both at the same time, since each keeps one core busy; when the tests begin, neither is at work.

    Beside the sample they take the dataset of one's own that docs/datasets.md describes, which the catalogue does not
    know.
    """
    folders = [tmp_path_factory.mktemp(name) for name in ("dvc", "dagster")]
    for folder in folders:
        write_holiday(folder / "holiday")
    by_dvc, by_dagster = (Checkout.create(folder / "mgiqa", {**SMALL, **documented()}) for folder in folders)
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(by_dagster.run, *JOB)
        by_dvc.run("dvc", "repro")
        by_dvc.run("git", "add", "dvc.lock")
        by_dvc.run("git", "commit", "-q", "-m", "Results")
        by_dvc.run("mgiqa", "promote")
    return Runs(by_dvc, by_dagster, said)


@pytest.fixture(scope="session")
def finished(runs: Runs) -> Checkout:
    """A checkout in which ``dvc repro`` and ``mgiqa promote`` have run; tests must leave it as they found it."""
    return runs.by_dvc
