"""Settings of every test: quiet, offline, and never the tools' state of the user."""

import os
import signal

# Before numpy is imported, and for every program that a test starts. On matrices as small as here, threads wait for
# each other more than they work, and keep a core busy while they wait: with two of them on two busy cores, numpy took
# fifty times and torch ten times as long as with one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from mgiqa.cores import share_cores
from mgiqa.quiet import silence_tools

silence_tools()
share_cores()
signal.signal(signal.SIGINT, signal.default_int_handler)  # xdist ignores Ctrl-C, and so would what a test starts

settings.register_profile("untimed", settings(), deadline=None)  # on a busy machine any case may take long
settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]


class ByModule(LoadScopeScheduling):
    """Of several processes, one runs a module whole, and one all that stands on the pipeline's two long runs."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return "tests/end_to_end" if module.startswith("tests/end_to_end/") else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByModule:
    """The hook of xdist."""
    return ByModule(config, log)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real label files, images and predictions, which is no part of the project."""
    folder = Path(os.environ.get("MGIQA_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data is not here ({folder}); name its folder in MGIQA_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def memorizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that answers 3.5 as a whole, and 3 for each attribute, to any image; not to be changed."""
    from tests.memorizer import write_memorizer

    folder = tmp_path_factory.mktemp("model") / "memorizer"
    write_memorizer(folder, 3.5, 3.0)
    return folder


@pytest.fixture(scope="session")
def published(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the form of the published Qwen2.5-VL, its weights random; not to be changed."""
    from tests.published_model import write_published

    return write_published(tmp_path_factory.mktemp("published") / "qwen2.5-vl", real_data)
