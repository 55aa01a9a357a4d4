"""What a process takes of the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mgiqa.cores import share_cores, usable_cores

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def bound_to_four(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3})
    for name in ("OMP_WAIT_POLICY", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("text", "cores"),
    [("max 100000", 4), ("200000 100000", 2), ("250000 100000", 2), ("50000 100000", 1), ("900000 100000", 4)],
)
def test_a_quota_of_time_counts_as_cores(tmp_path, text, cores):
    (tmp_path / "cpu.max").write_text(text + "\n")
    assert usable_cores(tmp_path) == cores


@pytest.mark.parametrize(("limit", "cores"), [("-1", 4), ("300000", 3)])
def test_the_older_form_of_a_quota_is_read(tmp_path, limit, cores):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(limit)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert usable_cores(tmp_path) == cores


def test_without_a_quota_a_process_uses_what_it_is_bound_to(tmp_path):
    assert usable_cores(tmp_path) == 4
    share_cores(tmp_path)
    assert "OMP_NUM_THREADS" not in os.environ


def test_threads_are_as_many_as_the_quota_allows(tmp_path):
    (tmp_path / "cpu.max").write_text("200000 100000")
    share_cores(tmp_path)
    assert os.environ["OMP_NUM_THREADS"] == "2"


def test_what_the_user_has_set_stays(tmp_path, monkeypatch):
    (tmp_path / "cpu.max").write_text("200000 100000")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    share_cores(tmp_path)
    assert (os.environ["OMP_WAIT_POLICY"], os.environ["OMP_NUM_THREADS"]) == ("ACTIVE", "3")


FRONTS = {
    "command line": "import sys, mgiqa.cli; sys.argv = ['mgiqa', '--help']; mgiqa.cli.main()",
    "library": "from mgiqa import Scorer; Scorer('nowhere')",
    "one of several processes": "import runpy, sys; sys.argv = ['together', 'train', 'nowhere']; "
    "runpy.run_module('mgiqa.execution.worker', run_name='__main__')",
}


@pytest.mark.parametrize("front", FRONTS)
def test_threads_wait_without_spinning_before_torch_is_loaded(front):
    """A hook into imports notes how threads wait at the moment when torch or the program's end comes."""
    program = f"""
import atexit, os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise SystemExit
sys.meta_path.insert(0, Watch())
atexit.register(lambda: print("waits", os.environ.get("OMP_WAIT_POLICY")))
{FRONTS[front]}
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.stdout.strip().endswith("waits PASSIVE"), done.stderr
