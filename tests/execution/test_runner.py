"""A stage's result is there whole or not at all, and never under settings that it was not made with."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import psutil
import pytest

from mgiqa.errors import LabelError, MGIQAError, StageBusy
from mgiqa.execution.runner import run_stage
from mgiqa.pipeline import STAGES, Stage
from mgiqa.records import Summary
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

PROBE = Stage("probe", "A stage of this test.", "probe/{dataset}")
DVC_YAML = """
stages:
  probe:
    cmd: exec python probe.py
    deps: [probe.py, code.txt]
    params: [seed]
    outs: [data/probe]
"""
PROGRAM = """
import sys
from pathlib import Path
from types import ModuleType
from mgiqa.errors import MGIQAError
from mgiqa.records import Summary
from mgiqa.pipeline import STAGES, Stage
from mgiqa.execution.runner import run_stage
from mgiqa.workspace import Workspace

def run(settings, workspace, draft):
    (draft / "seed.txt").write_text(str(settings.seed))
    for change in (workspace.root / "changes").glob("*"):
        (workspace.root / change.name).write_bytes(change.read_bytes())
    return Summary("probe")

module = sys.modules["mgiqa.stages.probe"] = ModuleType("mgiqa.stages.probe")
module.run = run
STAGES["probe"] = Stage("probe", "A stage of this test.", "probe")
try:
    run_stage("probe", Workspace.find())
except MGIQAError as error:
    print(f"mgiqa: {error}", file=sys.stderr)
    sys.exit(error.exit_code)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "params.yaml").write_text("seed: 3\n", encoding="utf-8")
    return Workspace(tmp_path)


@pytest.fixture
def define(monkeypatch: pytest.MonkeyPatch):
    """Adds a stage whose work is the given function."""

    def define(run) -> None:
        module = ModuleType("mgiqa.stages.probe")
        module.run = run  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "mgiqa.stages.probe", module)
        monkeypatch.setitem(STAGES, "probe", PROBE)  # type: ignore[misc]

    return define


def work(settings: Settings, workspace: Workspace, draft: Path, dataset: str) -> Summary:
    (draft / "seed.txt").write_text(f"{dataset} {settings.seed}", encoding="utf-8")
    return Summary("probe", facts={"images": 3})


def test_a_result_lies_in_its_folder_beside_its_summary(workspace: Workspace, define) -> None:
    define(work)
    summary = run_stage("probe", workspace, "spaq")
    folder = workspace.data / "probe" / "spaq"
    assert (folder / "seed.txt").read_text() == "spaq 3"
    assert Summary.read(folder) == summary


def test_a_new_result_takes_the_place_of_the_whole_old_one(workspace: Workspace, define) -> None:
    define(work)
    folder = workspace.data / "probe" / "spaq"
    folder.mkdir(parents=True)
    (folder / "left-over.txt").touch()
    run_stage("probe", workspace, "spaq")
    assert sorted(path.name for path in folder.iterdir()) == ["seed.txt", "summary.json"]


@pytest.mark.parametrize("error", [LabelError("row 3 has no name"), ValueError("a fault"), KeyboardInterrupt()])
def test_a_stage_that_fails_leaves_the_old_result_and_nothing_half_written(
    workspace: Workspace, define, error: BaseException
) -> None:
    define(work)
    run_stage("probe", workspace, "spaq")
    before = {path.name: path.read_bytes() for path in (workspace.data / "probe" / "spaq").iterdir()}

    def fail(settings: Settings, workspace: Workspace, draft: Path, dataset: str) -> Summary:
        (draft / "seed.txt").write_text("half", encoding="utf-8")
        raise error

    define(fail)
    with pytest.raises(type(error)):
        run_stage("probe", workspace, "spaq")
    assert {path.name: path.read_bytes() for path in (workspace.data / "probe" / "spaq").iterdir()} == before
    assert [path.name for path in (workspace.data / "probe").iterdir()] == ["spaq"]


def test_a_wrong_setting_is_refused_before_any_work(workspace: Workspace, define) -> None:
    def work_that_must_not_start(*_: object) -> Summary:
        raise AssertionError

    define(work_that_must_not_start)
    workspace.params.write_text("sede: 3\n", encoding="utf-8")
    with pytest.raises(MGIQAError, match="did you mean seed"):
        run_stage("probe", workspace, "spaq")


def test_a_result_is_made_by_one_process_at_a_time(workspace: Workspace, define) -> None:
    refused: list[str] = []

    def begun_twice(settings: Settings, workspace: Workspace, draft: Path, dataset: str) -> Summary:
        (draft / "half.txt").touch()
        if not refused:
            refused.append(dataset)
            with pytest.raises(StageBusy, match=r"another process is making data/probe/spaq\. Wait for its end"):
                run_stage("probe", workspace, "spaq")
            run_stage("probe", workspace, "para")
        return work(settings, workspace, draft, dataset)

    define(begun_twice)
    run_stage("probe", workspace, "spaq")
    assert (workspace.data / "probe" / "spaq" / "half.txt").is_file()
    assert (workspace.data / "probe" / "para" / "seed.txt").read_text() == "para 3"
    run_stage("probe", workspace, "spaq")


def repro(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "dvc", "repro"], cwd=root, capture_output=True, text=True)


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which DVC runs a stage that copies the files of ``changes`` while it works."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    files = {"params.yaml": "seed: 3\n", "code.txt": "one", "probe.py": PROGRAM, "dvc.yaml": DVC_YAML}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "changes").mkdir()
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=tmp_path, check=True)
    return tmp_path


BY_DVC = """
stages:
  ingest:
    cmd: exec python -m mgiqa ingest spaq
    outs: [data/raw/spaq]
"""
BY_HAND = "import subprocess, sys; subprocess.run([sys.executable, '-m', 'mgiqa', 'ingest', 'spaq'])"


@pytest.mark.parametrize("starter", [["-m", "dvc", "repro"], ["-c", BY_HAND]], ids=["dvc", "by hand"])
def test_a_stage_ends_with_whoever_started_it(pipeline: Path, starter: list[str], monkeypatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/sh")  # which starts a child for its last command, too, unless told to exec
    settings = {"sample": {"contents": 999, "size": 1024}, "ingest": {"datasets": {"spaq": {}}}}  # minutes of work
    (pipeline / "params.yaml").write_text(json.dumps(settings), encoding="utf-8")
    (pipeline / "dvc.yaml").write_text(BY_DVC, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, *starter], cwd=pipeline)
    wait_for((pipeline / "data" / "raw" / ".spaq.draft").is_dir)
    children = psutil.Process(parent.pid).children()
    (stage,) = [child for child in children if "ingest" in child.cmdline()]
    parent.kill()
    parent.wait()
    try:
        wait_for(lambda: not stage.is_running() or stage.status() == psutil.STATUS_ZOMBIE)
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            stage.kill()
    assert not (pipeline / "data" / "raw" / "spaq").exists()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_dvc_records_nothing_when_inputs_change_while_a_stage_runs(pipeline: Path) -> None:
    assert repro(pipeline).returncode == 0
    lock = (pipeline / "dvc.lock").read_bytes()

    for name, first, meanwhile in (("params.yaml", "seed: 4\n", "seed: 5\n"), ("code.txt", "two", "three")):
        (pipeline / name).write_text(first, encoding="utf-8")
        (pipeline / "changes" / name).write_text(meanwhile, encoding="utf-8")
        done = repro(pipeline)
        assert done.returncode != 0
        assert "exited with 75" in done.stderr
        assert f"{name} changed while the stage ran, so nothing is recorded. Run it again." in done.stderr
        assert (pipeline / "dvc.lock").read_bytes() == lock
        assert not (pipeline / "data" / "probe").exists()
        (pipeline / "changes" / name).unlink()

    assert repro(pipeline).returncode == 0
    assert (pipeline / "data" / "probe" / "seed.txt").read_text() == "5"
