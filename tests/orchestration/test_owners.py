"""A run whose process was killed is ended, its place in the pool is free, and Terminate reaches a run anywhere here."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._core.test_utils import create_run_for_test

from mgiqa.registry.owner import owner_tags
from orchestration import owners
from orchestration.defs.automation import lost_runs
from orchestration.owners import PREFIX, end_lost_runs

DEFINITIONS = """
import time
from pathlib import Path
import dagster as dg
from orchestration.owners import signing_executor

@dg.asset(pool="gpu")
def policy() -> None:
    Path("held").touch()
    while not Path("go").exists():
        time.sleep(0.05)

defs = dg.Definitions(assets=[policy], jobs=[dg.define_asset_job("train")], executor=signing_executor)
"""
SETTINGS = "telemetry: {enabled: false}\nconcurrency: {pools: {granularity: op, default_limit: 1}}\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "defs.py").write_text(DEFINITIONS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as kept:
        yield kept


def start(home: Path) -> "subprocess.Popen[bytes]":
    """A run from a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "dagster", "job", "execute", "-f", "defs.py", "-j", "train"],
        cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def statuses(instance: dg.DagsterInstance) -> list[dg.DagsterRunStatus]:
    return [run.status for run in instance.get_runs()]


def test_a_killed_run_is_ended_by_the_next_which_gets_its_place_and_hears_of_terminate(
    home: Path, instance: dg.DagsterInstance
) -> None:
    killed = start(home)
    wait_for((home / "held").exists)
    assert end_lost_runs(instance) == []
    killed.kill()
    killed.wait()
    assert statuses(instance) == [dg.DagsterRunStatus.STARTED]

    (home / "held").unlink()
    following = start(home)
    wait_for((home / "held").exists)  # it waited for the place of the killed one before
    assert statuses(instance) == [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE]

    (run, _) = instance.get_runs()
    instance.report_run_canceling(run)  # what the page does where it knows no way to the process
    end_lost_runs(instance)
    assert following.wait(timeout=60) != 0
    assert statuses(instance)[0] is dg.DagsterRunStatus.CANCELED


def owned(instance: dg.DagsterInstance, process: "subprocess.Popen[bytes]", **more: str) -> dg.DagsterRun:
    """A run under way that has that process."""
    begun = f"{psutil.Process(process.pid).create_time():.2f}"
    tags = {**owner_tags(), "pid": str(process.pid), "process_started": begun, **more}
    return create_run_for_test(
        instance,
        status=dg.DagsterRunStatus.STARTED,
        tags={f"{PREFIX}{name}": value for name, value in tags.items()},
    )


def test_a_process_that_does_not_end_when_asked_is_killed(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = "import signal, time; signal.signal(2, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline()
        run = owned(instance, process)
        instance.report_run_canceling(run)
        for _ in range(3):
            assert end_lost_runs(instance) == []
        assert process.poll() is None
        monkeypatch.setattr(owners, "_PATIENCE", 0.0)
        said = lost_runs(dg.build_sensor_context(instance))
        assert not psutil.pid_exists(process.pid)
    assert f"run {run.run_id} is gone" in str(said.skip_message)
    assert statuses(instance) == [dg.DagsterRunStatus.CANCELED]


def test_a_run_of_another_machine_or_of_nobody_known_is_left_alone(instance: dg.DagsterInstance) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        owned(instance, process, host="elsewhere")
    create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED)
    assert end_lost_runs(instance) == []
    assert statuses(instance) == [dg.DagsterRunStatus.STARTED] * 2
    assert "has its process" in str(lost_runs(dg.build_sensor_context(instance)).skip_message)
