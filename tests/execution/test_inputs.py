"""What a stage may start from, and what it must not finish on."""

import subprocess
import sys
from pathlib import Path

import pytest

from mgiqa.errors import GateRefused, InputChanged, MissingInput
from mgiqa.execution.inputs import Inputs, accept
from mgiqa.records import Check, Summary
from mgiqa.workspace import Workspace

DVC_YAML = """
stages:
  train:
    cmd: "true"
    deps: [code.py, folder]
    params: [seed, train]
    outs: [data/models/policy]
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "dvc.yaml").write_text(DVC_YAML, encoding="utf-8")
    (tmp_path / "params.yaml").write_text("seed: 0\ntrain: {steps: 5}\nreport: {gallery: 3}\n", encoding="utf-8")
    (tmp_path / "code.py").write_text("one", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "part.py").write_text("two", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=tmp_path, check=True)
    return Workspace(tmp_path)


@pytest.fixture
def in_dvc(monkeypatch: pytest.MonkeyPatch) -> None:
    """As DVC starts a stage: with its address in the environment."""
    monkeypatch.setenv("DVC_STAGE", "dvc.yaml:train")


def result(folder: Path, *checks: Check) -> Path:
    folder.mkdir(parents=True)
    Summary("validate", checks=checks).write(folder)
    return folder


def test_a_result_that_passed_its_checks_is_accepted(tmp_path: Path) -> None:
    folder = result(tmp_path / "data", Check("expectations", True, "12 of 12 hold"))
    assert accept(Workspace(tmp_path), folder, "validate") == folder


def test_a_result_that_only_warns_is_accepted(tmp_path: Path) -> None:
    folder = result(tmp_path / "data", Check("spread", False, "narrow", blocking=False))
    assert accept(Workspace(tmp_path), folder, "validate") == folder


def test_a_result_that_failed_a_check_is_refused_by_its_name(tmp_path: Path) -> None:
    folder = result(tmp_path / "data", Check("quarantine", False, "40 % against a limit of 2 %"))
    with pytest.raises(GateRefused, match=r"quarantine \(40 % against a limit of 2 %\).*dvc repro validate"):
        accept(Workspace(tmp_path), folder, "validate")


def test_a_result_that_is_not_there_names_the_stage_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match=r"^data/normalized is not there\. Make it with: dvc repro normalize"):
        accept(Workspace(tmp_path), tmp_path / "data" / "normalized", "normalize")


def test_outside_dvc_nothing_is_watched(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DVC_STAGE", raising=False)
    inputs = Inputs.now(workspace)
    workspace.params.write_text("seed: 1\n", encoding="utf-8")
    inputs.verify_unchanged(workspace)


@pytest.mark.usefixtures("in_dvc")
def test_inputs_that_stay_as_they_were_are_no_reason_to_refuse(workspace: Workspace) -> None:
    inputs = Inputs.now(workspace)
    params = workspace.params.read_text(encoding="utf-8")
    workspace.params.write_text(params.replace("gallery: 3", "gallery: 4") + "# a remark\n", encoding="utf-8")
    inputs.verify_unchanged(workspace)


@pytest.mark.usefixtures("in_dvc")
@pytest.mark.parametrize(
    ("path", "content", "named"),
    [
        ("params.yaml", "seed: 0\ntrain: {steps: 6}\n", "params.yaml"),
        ("code.py", "another", "code.py"),
        ("folder/part.py", "another", "folder"),
        ("folder/new.py", "new", "folder"),
        ("code.py", None, "code.py"),
    ],
    ids=["parameter", "code", "file in a folder", "new file in a folder", "deleted code"],
)
def test_an_input_that_changed_meanwhile_is_named(
    workspace: Workspace, path: str, content: str | None, named: str
) -> None:
    inputs = Inputs.now(workspace)
    if content is None:
        (workspace.root / path).unlink()
    else:
        (workspace.root / path).write_text(content, encoding="utf-8")
    with pytest.raises(InputChanged, match=f"^{named} changed while the stage ran") as caught:
        inputs.verify_unchanged(workspace)
    assert caught.value.exit_code == 75
