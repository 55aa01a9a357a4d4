"""The real graph with small settings, the sample and a dataset of one's own, run twice: by DVC and by Dagster."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import yaml

from tests.checkout import ROOT, SMALL, Checkout
from tests.datasets.holiday import documented, write_holiday

CLOCK = """
import itertools
import types
import mgiqa.progress
mgiqa.progress.time = types.SimpleNamespace(monotonic=itertools.count(0, 31).__next__)
"""
"""Python runs it as it starts: for progress, and nothing else, half a minute goes by at each look at the clock."""
JOB = ("dagster", "job", "execute", "-m", "orchestration.definitions", "-j", "pipeline")


@dataclass(frozen=True)
class Runs:
    """Two checkouts after their first run, and what was said; what Dagster said raises if its run failed."""

    by_dvc: Checkout
    by_dagster: Checkout
    dvc_said: str
    dagster_said: "Future[str]"


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Both at the same time, since each keeps one core busy; when the tests begin, neither is at work.

    Beside the sample they take the dataset of one's own that docs/guides/add-a-dataset.md describes, which the
    catalogue does not know.
    """
    sample = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    datasets = {**sample["ingest"]["datasets"], **documented()["ingest"]["datasets"]}
    folders = [tmp_path_factory.mktemp(name) for name in ("dvc", "dagster")]
    for folder in folders:
        write_holiday(folder / "holiday")
    by_dvc, by_dagster = (
        Checkout.create(folder / "mgiqa", {**SMALL, "ingest": {"datasets": datasets}}, {"sitecustomize.py": CLOCK})
        for folder in folders
    )
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(by_dagster.run, *JOB)
        dvc_said = by_dvc.run("dvc", "repro")
        by_dvc.run("git", "add", "dvc.lock")
        by_dvc.run("git", "commit", "-q", "-m", "Results")
        by_dvc.run("mgiqa", "promote")
    return Runs(by_dvc, by_dagster, dvc_said, said)


@pytest.fixture(scope="session")
def finished(runs: Runs) -> Checkout:
    """A checkout in which ``dvc repro`` and ``mgiqa promote`` have run; tests must leave it as they found it."""
    return runs.by_dvc
