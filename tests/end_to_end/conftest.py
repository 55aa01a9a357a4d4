"""The real graph with small settings, run twice: by DVC and by Dagster."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.checkout import Checkout

JOB = ("dagster", "job", "execute", "-m", "orchestration.definitions", "-j", "pipeline")


@dataclass(frozen=True)
class Runs:
    """Two checkouts after their first run; what Dagster said raises if its run failed."""

    by_dvc: Checkout
    by_dagster: Checkout
    dagster_said: "Future[str]"


@pytest.fixture(scope="session")
def small() -> dict[str, Any]:
    """Settings with which the whole graph runs in a minute or two; too small to learn much."""
    return {
        "sample": {"contents": 12, "versions": 5},
        "base": {"tiny": {"perception_steps": 10, "image_size": 56}},
        "warmup": {"steps": 100, "batch": 16, "min_parsed": 0.5},
        "train": {"steps": 3, "images": 16, "answers": 4, "validate_answers": 1},
        "evaluate": {"answers": 2, "resamples": 100, "max_failures": 0.5},
        "promote": {"min_srcc": -1.0, "max_failures": 1.0},
    }


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, small: dict[str, Any]) -> Runs:
    """Both at the same time, since each keeps one core busy; when the tests begin, neither is at work."""
    by_dvc = Checkout.create(tmp_path_factory.mktemp("dvc") / "mgiqa", small)
    by_dagster = Checkout.create(tmp_path_factory.mktemp("dagster") / "mgiqa", small)
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
