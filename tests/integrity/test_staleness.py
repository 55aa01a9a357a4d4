"""What DVC recorded, against what is there now: which stage would run again, and which rest on it."""

import json
import os
import shutil
from pathlib import Path

import pytest

from mgiqa.integrity.staleness import stage_states
from mgiqa.records import Check, Summary
from mgiqa.workspace import Workspace
from tests.integrity.test_verify import dvc

DVC_YAML = """
stages:
  evaluate: {cmd: "true", deps: [data/models/policy], params: [evaluate.answers], outs: [data/evaluation]}
  train: {cmd: "true", deps: [code.py], params: [train.steps], outs: [data/models/policy]}
  ingest: {cmd: "true", outs: [data/raw]}
"""
PARAMS = "train: {steps: 3}\nevaluate: {answers: 2}\n"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three stages as DVC has recorded them; to be copied, not changed."""
    root = tmp_path_factory.mktemp("recorded") / "checkout"
    for name in ("models/policy", "evaluation", "raw"):
        folder = root / "data" / name
        folder.mkdir(parents=True)
        Summary(name).write(folder)
    (root / "code.py").write_text("one")
    (root / "params.yaml").write_text(PARAMS)
    (root / "dvc.yaml").write_text(DVC_YAML)
    dvc(root, "init", "-q", "--no-scm")
    dvc(root, "commit", "-q", "--force")
    return root


@pytest.fixture
def workspace(recorded: Path, tmp_path: Path) -> Workspace:
    return Workspace(Path(shutil.copytree(recorded, tmp_path / "checkout", symlinks=True)))


def told(workspace: Workspace) -> dict[str, tuple[str, str]]:
    return {one.name: (one.state, one.reason) for one in stage_states(workspace)}


def test_what_was_recorded_and_is_there_is_current(workspace: Workspace) -> None:
    states = told(workspace)
    assert set(states.values()) == {("current", "")}
    assert list(states).index("train") < list(states).index("evaluate")


def test_what_rests_on_a_stale_stage_is_stale_although_nothing_before_it_has_changed_yet(workspace: Workspace) -> None:
    (workspace.root / "params.yaml").write_text(PARAMS.replace("3", "4"))
    (workspace.root / "code.py").write_text("two")
    states = told(workspace)
    assert states["train"] == ("stale", "changed: code.py, train.steps")
    assert states["evaluate"] == ("stale", "rests on train")
    assert states["ingest"] == ("current", "")


def test_a_result_that_is_gone_is_missing(workspace: Workspace) -> None:
    shutil.rmtree(workspace.evaluation)
    assert told(workspace)["evaluate"] == ("missing", "data/evaluation is not there")


def test_a_result_that_does_not_pass_its_check_has_failed(workspace: Workspace) -> None:
    Summary("train", checks=(Check("scores_spread", False, "3 values"),)).write(workspace.model("policy"))
    states = told(workspace)
    assert states["train"] == ("failed", "scores_spread: 3 values")
    assert states["evaluate"][0] == "stale"


def test_a_stage_under_way_is_running(workspace: Workspace) -> None:
    writer = {"pid": os.getppid(), "cmd": "dvc repro"}
    locks = {"write": {str(workspace.model("policy")): writer}, "read": {}}
    (workspace.root / ".dvc" / "tmp" / "rwlock").write_text(json.dumps(locks))
    states = told(workspace)
    assert states["train"] == ("running", "a run is under way")
    assert states["evaluate"] == ("stale", "rests on train")


def test_another_command_is_told(workspace: Workspace) -> None:
    (workspace.root / "dvc.yaml").write_text(DVC_YAML.replace('ingest: {cmd: "true"', 'ingest: {cmd: "exit 0"'))
    assert told(workspace)["ingest"] == ("stale", "changed: the command")


def test_without_dvc_there_are_no_stages(tmp_path: Path) -> None:
    assert stage_states(Workspace(tmp_path)) == ()
