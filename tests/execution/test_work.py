"""Whatever the weights depend on has a work folder of its own; nothing else has."""

import pytest

from mgiqa.execution.work import work_folder
from mgiqa.settings import read_settings
from mgiqa.workspace import Workspace

STAGES = ("warmup", "train")


@pytest.fixture
def workspace(tmp_path):
    """A checkout with what the work folder is named after."""
    for name in ("base", "warmup"):
        (tmp_path / "data" / "models" / name).mkdir(parents=True)
        (tmp_path / "data" / "models" / name / "model.safetensors").write_bytes(name.encode())
    (tmp_path / "data" / "normalized").mkdir()
    (tmp_path / "data" / "normalized" / "manifest.parquet").write_bytes(b"labels")
    (tmp_path / "params.yaml").write_text("seed: 0\n")
    return Workspace(tmp_path)


def folder(workspace, stage):
    return work_folder(stage, read_settings(workspace.params), workspace, workspace.model("base"))


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "changed",
    ["seed: 1", "launch: {engine: ddp, processes: 2}", "{stage}: {{steps: 7}}", "manifest", "start"],
)
def test_what_changes_the_weights_changes_the_folder(workspace, stage, changed):
    before = folder(workspace, stage)
    if changed == "manifest":
        workspace.manifest.write_bytes(b"other labels")
    elif changed == "start":
        (workspace.model("base") / "model.safetensors").write_bytes(b"other weights")
    else:
        workspace.params.write_text(changed.format(stage=stage) if "{stage}" in changed else changed)
    after = folder(workspace, stage)
    assert after != before
    assert after.parent == before.parent == workspace.home / ".work"


@pytest.mark.parametrize("stage", STAGES)
def test_a_started_run_finds_its_folder_again(workspace, stage):
    before = folder(workspace, stage)
    workspace.params.write_text("seed: 0\nevaluate: {batch: 2}\nreport: {gallery: 3}\n")
    assert folder(workspace, stage) == before


def test_stages_do_not_share_a_folder(workspace):
    assert folder(workspace, "warmup") != folder(workspace, "train")
