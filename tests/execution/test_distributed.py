"""Stages in several processes: real ones, on CPUs, through the very command that a GPU machine runs."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml
from safetensors.torch import load_file

from mgiqa.datasets.schema import MANIFEST
from mgiqa.errors import MissingInput, SettingsError
from mgiqa.execution.distributed import launch_command, run_distributed
from mgiqa.execution.runner import run_stage
from mgiqa.models.load import load_model
from mgiqa.pipeline import STAGES
from mgiqa.records import Summary
from mgiqa.settings.presets import Preset, use_preset
from mgiqa.settings.training import Launch
from mgiqa.workspace import Workspace
from tests.bench import write_data
from tests.toy_model import save_toy_model

ROOT = Path(__file__).parents[2]
TWO = {"engine": "ddp", "processes": 2}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Images of two datasets, a model that knows nothing, and settings for two processes and a few steps."""
    found = Workspace(tmp_path)
    write_data(found)
    manifest = pd.read_parquet(found.normalized / MANIFEST)
    manifest.loc[manifest["content"].str.endswith("1"), "split"] = "val"
    manifest.to_parquet(found.normalized / MANIFEST, index=False)
    save_toy_model(found.model("base"), 0)
    Summary("base").write(found.model("base"))
    settings = {
        "launch": TWO,
        "warmup": {"steps": 3, "batch": 8, "min_parsed": 0.0},
        "train": {"steps": 2, "images": 8, "least": 3, "answers": 4, "max_tokens": 16, "validate_every": 1},
    }
    found.params.write_text(yaml.safe_dump(settings), encoding="utf-8")
    (tmp_path / "launch").symlink_to(ROOT / "launch")
    return found


def run(workspace: Workspace, stage: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mgiqa", stage, "--root", str(workspace.root)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def weights(model: Path) -> torch.Tensor:
    """All weights of a model folder in one row."""
    stored = load_file(model / "model.safetensors")
    return torch.cat([stored[name].flatten().float() for name in sorted(stored)])


def test_two_processes_warm_up_and_train_one_model(workspace: Workspace) -> None:
    for stage in ("warmup", "train"):
        done = run(workspace, stage)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    two = weights(workspace.model("warmup"))
    use_preset(workspace.params, Preset("alone", {}, {"launch": {"engine": "local", "processes": 1}}))
    run_stage("warmup", workspace)
    base, one = weights(workspace.model("base")), weights(workspace.model("warmup"))
    # Adam makes much of the last bits of tiny gradients, .05; with another half of the batch it would be .4
    assert (two - one).norm() < 0.15 * (one - base).norm(), "a batch is the same, however many share it"
    policy = Summary.read(workspace.model("policy"))
    assert policy.facts["steps"] == 2
    assert {check.name: check.passed for check in policy.checks}["reward_finite"]
    history = pd.read_csv(workspace.model("policy") / "history.csv")
    assert history["step"].tolist() == [1, 2]
    assert history["loss"].notna().all()
    origin = load_model(workspace.model("policy"), "cpu").origin
    assert (origin["made by"], origin["overall"]) == ("train", "pooled")
    assert list((workspace.root / ".work").iterdir()) == [], "no checkpoint is left behind"


def test_a_refusal_of_one_process_ends_all_and_says_why(workspace: Workspace) -> None:
    done = run(workspace, "train")  # there is no warm-up
    assert done.returncode != 0
    assert "mgiqa: data/models/warmup is not there. Make it with: dvc repro warmup" in done.stdout
    assert "train ended with status" in done.stderr
    assert not workspace.model("policy").exists()


def test_stages_that_learn_are_shared_and_others_are_not() -> None:
    assert {name for name, stage in STAGES.items() if stage.shared} == {"warmup", "train"}


def test_one_machine_needs_no_slurm() -> None:
    command = launch_command("train", Path("/checkout"), Launch(engine="fsdp", processes=8))
    assert "--config_file=/checkout/launch/fsdp.yaml" in command
    assert "--num_processes=8" in command
    assert command[-3:] == ["mgiqa.execution.worker", "train", "/checkout"]


def test_an_engine_without_its_file_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="is not there"):
        run_distributed("train", Workspace(tmp_path), Launch(engine="ddp", processes=2))


def test_several_machines_outside_slurm_are_refused_with_the_way_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_JOB_NODELIST", raising=False)
    with pytest.raises(SettingsError, match="mgiqa slurm"):
        launch_command("train", Path("/checkout"), Launch(engine="ddp", processes=4, machines=2))


def test_on_several_machines_each_launcher_learns_its_number_and_the_first_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SLURM_JOB_NODELIST", "node[1-2]")
    monkeypatch.setenv("SLURM_NODEID", "1")
    launch = Launch(engine="ddp", processes=4, machines=2)
    srun, *arguments = launch_command("train", tmp_path / "a checkout", launch)
    assert (srun, arguments[0]) == ("srun", "--nodes=2")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "scontrol").write_text("#!/bin/sh\necho node1\necho node2\n")
    (programs / "python").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    shell = arguments[arguments.index("bash") :]
    shell[-1] = shell[-1].replace(sys.executable, str(programs / "python"))
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    given = subprocess.run(shell, capture_output=True, text=True, check=True, env=environment).stdout.splitlines()
    assert "--machine_rank=1" in given
    assert "--main_process_ip=node1" in given
    assert given[-1] == str(tmp_path / "a checkout")
