"""A stage's result is there whole or not at all, and never under settings that it was not made with."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from mgiqa.errors import LabelError, MGIQAError
from mgiqa.records import Summary
from mgiqa.settings import Settings
from mgiqa.stages import STAGES, Stage
from mgiqa.stages.runner import run_stage
from mgiqa.workspace import Workspace

PROBE = Stage("probe", "A stage of this test.", "probe/{dataset}")
DVC_YAML = """
stages:
  probe:
    cmd: python probe.py
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
from mgiqa.stages import STAGES, Stage
from mgiqa.stages.runner import run_stage
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


def repro(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "dvc", "repro"], cwd=root, capture_output=True, text=True)


def test_dvc_records_nothing_when_inputs_change_while_a_stage_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    files = {"params.yaml": "seed: 3\n", "code.txt": "one", "probe.py": PROGRAM, "dvc.yaml": DVC_YAML}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "changes").mkdir()
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=tmp_path, check=True)
    assert repro(tmp_path).returncode == 0
    lock = (tmp_path / "dvc.lock").read_bytes()

    for name, first, meanwhile in (("params.yaml", "seed: 4\n", "seed: 5\n"), ("code.txt", "two", "three")):
        (tmp_path / name).write_text(first, encoding="utf-8")
        (tmp_path / "changes" / name).write_text(meanwhile, encoding="utf-8")
        done = repro(tmp_path)
        assert done.returncode != 0
        assert "exited with 75" in done.stderr
        assert f"{name} changed while the stage ran, so nothing is recorded. Run it again." in done.stderr
        assert (tmp_path / "dvc.lock").read_bytes() == lock
        assert not (tmp_path / "data" / "probe").exists()
        (tmp_path / "changes" / name).unlink()

    assert repro(tmp_path).returncode == 0
    assert (tmp_path / "data" / "probe" / "seed.txt").read_text() == "5"
