"""Settings of every test: quiet, offline, and never the tools' state of the user."""

import os

# Before numpy is imported, and for every program that a test starts. On matrices as small as here, threads wait for
# each other more than they work, and keep a core busy while they wait: with two of them on two busy cores, numpy took
# fifty times and torch ten times as long as with one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path
from typing import Any

import pytest

from mgiqa.quiet import silence_tools
from tests.checkout import Checkout

silence_tools()

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real label files, images and predictions, which is no part of the project."""
    folder = Path(os.environ.get("MGIQA_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data is not here ({folder}); name its folder in MGIQA_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def small() -> dict[str, Any]:
    """Settings with which the whole graph runs in a minute or two; too small to learn much."""
    return {
        "sample": {"contents": 12, "versions": 5},
        "base": {"tiny": {"perception_steps": 10, "image_size": 56}},
        "warmup": {"steps": 100, "batch": 16, "min_parsed": 0.5},
        "train": {"steps": 3, "images": 16, "answers": 4},
        "evaluate": {"resamples": 100, "max_failures": 0.5},
        "promote": {"min_srcc": -1.0, "max_failures": 1.0},
    }


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, small: dict[str, Any]) -> Checkout:
    """A checkout in which ``dvc repro`` and ``mgiqa promote`` have run; tests must leave it as they found it."""
    checkout = Checkout.create(tmp_path_factory.mktemp("dvc") / "mgiqa", small)
    checkout.run("dvc", "repro")
    checkout.run("git", "add", "dvc.lock")
    checkout.run("git", "commit", "-q", "-m", "Results")
    checkout.run("mgiqa", "promote")
    return checkout
