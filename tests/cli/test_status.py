"""``mgiqa status`` says whose figures it shows, and marks those that are no longer of what is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mgiqa.cli import app
from mgiqa.models.digest import model_digest
from mgiqa.records import Summary
from mgiqa.registry.run import DIGEST
from mgiqa.registry.runs import pipeline_run
from mgiqa.settings import read_settings
from mgiqa.workspace import Workspace
from tests.bench import write_bench
from tests.checkout import ROOT
from tests.integrity.test_verify import dvc

DVC_YAML = """
stages:
  train: {cmd: "true", params: [train.steps], outs: [data/models/policy]}
  evaluate: {cmd: "true", deps: [data/models/policy], outs: [data/evaluation]}
"""
TABLE = "SRCC on unseen contents"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A commit, its training's run, and figures; all recorded."""
    workspace = write_bench(Workspace(tmp_path_factory.mktemp("status")))
    root = workspace.root
    Summary("evaluate", tables={TABLE: [{"model": "policy", "overall": 0.7}]}).write(workspace.evaluation)
    shutil.copy(ROOT / "params.yaml", root)
    (root / "dvc.yaml").write_text(DVC_YAML)
    dvc(root, "init", "-q", "--no-scm")
    dvc(root, "commit", "-q", "--force")
    for command in (["init", "-q"], ["add", "params.yaml", "dvc.yaml"], ["commit", "-q", "-m", "As it is"]):
        person = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"]
        subprocess.run(["git", *person, *command], cwd=root, check=True)
    with pipeline_run(workspace, read_settings(workspace.params)) as run:
        run.set_tags({DIGEST: model_digest(workspace.model("policy"))})
    return workspace


def told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("COLUMNS", "400")
    done = CliRunner().invoke(app, ["status"])
    assert done.exit_code == 0, done.output
    return done.output


def test_figures_name_their_policy_run_commit_and_settings(workspace, monkeypatch):
    said = told(workspace, monkeypatch)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=workspace.root, capture_output=True, text=True).stdout
    policy = model_digest(workspace.model("policy"))
    assert re.search(
        rf"These are figures of the policy {policy[:12]}: run [0-9a-f]{{12}}, commit {commit[:12]}, base.model tiny, "
        r"warmup.steps 150, train.steps 300, train.reward mg_thurstone, seed 0\.",
        said,
    )
    assert "All 2 stages are up to date." in said
    assert "stale" not in said


def test_figures_of_other_settings_are_marked_as_stale(workspace, monkeypatch):
    before = workspace.params.read_text()
    workspace.params.write_text(before.replace("  steps: 300", "  steps: 301"))
    try:
        said = told(workspace, monkeypatch)
    finally:
        workspace.params.write_text(before)
    assert f"{TABLE} (stale)" in said
    assert "They are stale: evaluate rests on train." in said
    assert re.search(r"train +stale +changed: train\.steps", said)
    assert "train.steps 300" in said, "the figures are of what they were made with"


def test_figures_whose_files_have_changed_are_nobodys(workspace, monkeypatch):
    path = workspace.evaluation / "metrics.json"
    before = path.read_bytes()
    path.write_bytes(before + b" ")
    try:
        said = told(workspace, monkeypatch)
    finally:
        path.write_bytes(before)
    assert "a policy that is not known, since" in said
    assert "metrics.json" in said
    assert f"{TABLE} (stale)" in said


def test_a_training_that_failed_since_is_told_with_its_reason(workspace, monkeypatch):
    assert "The last training" not in told(workspace, monkeypatch)
    with pytest.raises(MemoryError), pipeline_run(workspace, read_settings(workspace.params)):
        raise MemoryError("no more room")
    assert "The last training ended FAILED: MemoryError: no more room (run " in told(workspace, monkeypatch)


def test_what_interrupted_runs_left_is_named_with_its_size_and_not_what_is_in_use(workspace, monkeypatch):
    assert "did not finish" not in told(workspace, monkeypatch)
    left, used, answers = workspace.work("train-0123"), workspace.work("warmup-4567"), workspace.answers("89ab")
    for folder in (left, used, answers, workspace.shrunk_images):
        (folder / "checkpoint-20").mkdir(parents=True)
        (folder / "checkpoint-20" / "learning.safetensors").write_bytes(bytes(2_500_000))
    with workspace.alone(used):
        said = told(workspace, monkeypatch)
    shutil.rmtree(workspace.work(""))
    runs, _, after = said.partition("With the same settings such a run goes on from there.")
    assert re.search(r"\.work/train-0123 +2\.5 MB +20\d\d-", runs)
    assert all(name not in said for name in ("warmup-4567", "answers-89ab", ".work/images"))
    assert "Kept answers (.work/answers-*): 1, 2.5 MB; no model is asked for them again." in after


def test_without_figures_the_command_that_makes_them_is_named(tmp_path: Path, monkeypatch):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    said = told(Workspace(tmp_path), monkeypatch)
    assert "Nothing has been evaluated yet. Run the pipeline with: dvc repro" in said
