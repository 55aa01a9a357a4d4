"""What several processes are told, in real processes that talk to each other by gloo."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mgiqa.models.load import save_model
from tests.training.processes import ANSWERS, ROWS, STEPS

ROOT = Path(__file__).parents[2]


def run(processes: int, module: str, *arguments: str) -> None:
    """Runs a module in so many processes, started as the stages start theirs."""
    launch = ["-m", "accelerate.commands.launch", "--config_file", "launch/ddp.yaml", "--main_process_port=0"]
    launch = [*launch, f"--num_processes={processes}"] if processes > 1 else []
    done = subprocess.run(
        [sys.executable, *launch, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def told(folder: Path, processes: int) -> tuple[np.ndarray, set[str]]:
    """Rewards and advantages, (steps, 2, answers) in the order of the batch, and the backends of the ranks."""
    folder.mkdir()
    run(processes, "tests.training.processes", str(folder))
    parts = [np.load(folder / f"{rank}.npz") for rank in range(processes)]
    return np.concatenate([part["told"] for part in parts], axis=-1), {str(part["backend"]) for part in parts}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    return told(tmp_path_factory.mktemp("ranks") / "alone", 1)[0]


def test_two_processes_are_told_what_one_is_also_where_a_group_is_torn_apart(alone: np.ndarray, tmp_path: Path) -> None:
    assert len(ROWS) * ANSWERS // 2 % ANSWERS != 0, "no group straddles the ranks"
    together, backends = told(tmp_path / "two", 2)
    assert backends == {"gloo"}
    np.testing.assert_array_equal(together, alone)


def test_the_answers_of_the_test_do_earn_different_rewards(alone: np.ndarray) -> None:
    assert alone.shape == (STEPS, 2, len(ROWS) * ANSWERS)
    assert np.isfinite(alone).all()
    assert len(np.unique(alone[0, 0].round(6))) > len(ROWS) * ANSWERS / 2


@pytest.fixture(scope="module")
def folders(build, processor, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Number of processes → what they wrote."""
    made = {}
    for processes in (1, 2):
        made[processes] = tmp_path_factory.mktemp(f"{processes}-parts")
        save_model(made[processes] / "model", build(), processor, {"overall": "direct"})
        run(processes, "tests.training.parts", str(made[processes]))
    return made


@pytest.mark.parametrize("kind", ["whole", "adapted"])
def test_a_model_that_two_processes_share_out_is_judged_kept_and_put_together_as_if_it_were_whole(
    kind: str, folders: dict[int, Path]
) -> None:
    alone, together = (load_file(folders[processes] / kind / "found.safetensors") for processes in (1, 2))
    assert alone.keys() == together.keys()
    assert all(torch.equal(alone[name], together[name]) for name in alone)
