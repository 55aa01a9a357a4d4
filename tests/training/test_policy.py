"""Laws of a whole training, with a model that knows nothing."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from mgiqa.models.loading import load_model
from mgiqa.settings.train import Train
from mgiqa.training.checkpoints import latest_checkpoint
from mgiqa.training.policy import learn_to_rank
from tests.checkout import ROOT
from tests.training.conftest import SOFT
from tests.training.learner import SETTINGS

LEARNER = "tests.training.learner"


def start(folder, output, *more):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-m", LEARNER, str(folder), str(output), *map(str, more)]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def straight(folder, tmp_path_factory):
    """The weights at the end of a training that nobody disturbed."""
    place = tmp_path_factory.mktemp("straight")
    shutil.copytree(folder, place / "model")
    done = start(place, place / "weights")
    assert done.returncode == 0, done.stderr
    return place / "weights"


@pytest.mark.parametrize("step", [1, 3, 5])
def test_killed_and_started_again_it_ends_with_the_same_weights(folder, straight, tmp_path, step):
    shutil.copytree(folder, tmp_path / "model")
    killed = start(tmp_path, tmp_path / "weights", step)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "weights").exists()
    resumed = start(tmp_path, tmp_path / "weights")
    assert resumed.returncode == 0, resumed.stderr
    assert (tmp_path / "weights").read_bytes() == straight.read_bytes()


def learn(folder, training, validation, work, settings):
    return learn_to_rank(
        load_model(folder, "cpu"), training, validation, SOFT, settings, seed=0, work=work, source=folder
    )


@pytest.mark.parametrize(
    "changed",
    [{"span_credit": True}, {"accumulate": 2}, {"iterations": 2}, {"lora_rank": 2}, {"kl": 0.0}, {"optimizer": "muon"}],
    ids=lambda changed: next(iter(changed)),
)
def test_every_way_to_train_goes_to_its_end(folder, training, validation, tmp_path, changed):
    settings = Train(**(SETTINGS.model_dump() | {"steps": 2} | changed))
    ranked = learn(folder, training, validation, tmp_path, settings)
    assert [row["step"] for row in ranked.rows] == [1, 2]
    assert set(ranked.standings) == {0, 2}
    assert type(ranked.loaded.model).__name__ == "Qwen2_5_VLForConditionalGeneration"


def test_a_checkpoint_is_kept_of_the_last_judged_step(folder, training, validation, tmp_path):
    learn(folder, training, validation, tmp_path, Train(**(SETTINGS.model_dump() | {"steps": 3})))
    assert latest_checkpoint(tmp_path).name == "checkpoint-3"
