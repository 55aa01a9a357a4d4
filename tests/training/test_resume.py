"""A training that was killed, whenever and however it learns, ends with the bytes of one that nobody disturbed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from tests.checkout import ROOT

WAYS = {
    "whole": {},
    "threads": {"threads": 2},
    "adapter": {"changed": {"lora_rank": 2}},
    "frozen": {"changed": {"freeze_vision": True, "gradient_checkpointing": True, "accumulate": 2}},
    "ddp": {"processes": 2},
    "fsdp": {"processes": 2, "sharded": True},
    "fsdp-adapter": {"processes": 2, "sharded": True, "changed": {"lora_rank": 2}},
}
KILLED = -signal.SIGKILL
LAST = 3
"""The step after the first checkpoint."""


class Learner:
    """The process that starts runs; see ``tests.training.learner``."""

    def __init__(self, model: Path, folder: Path) -> None:
        self.model, self.folder, self.ended = model, folder, {}
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.training.learner"],
            env=os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, folder: Path, **run):
        """How the processes of one start ended, and what was found if they came to their end."""
        question = {"folder": str(folder), "model": str(self.model), "changed": {}, **run}
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["status"], answer["found"]

    def straight(self, way):
        """What a run ends with that nobody disturbed."""
        if way not in self.ended:
            status, self.ended[way] = self.start(self.folder / way, copy_at_step=LAST, **WAYS[way])
            assert set(status) == {0}
        return self.ended[way]

    def weights(self, way, step=LAST):
        """The weights that learned, after a step of an undisturbed run."""
        self.straight(way)
        return self.folder / way / "work" / f"checkpoint-{step}" / "learning.safetensors"

    def resumed(self, way, folder, **run):
        """The same for one that goes on where a kill left it, before its second checkpoint was written."""
        self.straight(way)
        shutil.copytree(self.folder / f"{way}-killed", folder, dirs_exist_ok=True)
        return self.start(folder, **(WAYS[way] | run))


@pytest.fixture(scope="module")
def learner(speaker, tmp_path_factory):
    learner = Learner(speaker, tmp_path_factory.mktemp("straight"))
    yield learner
    learner.process.stdin.close()
    learner.process.wait()


@pytest.mark.parametrize("way", WAYS)
def test_killed_and_started_again_it_ends_with_the_same_bytes(learner, way, tmp_path):
    status, found = learner.resumed(way, tmp_path)
    assert set(status) == {0}
    assert found == learner.straight(way)


@pytest.mark.parametrize("way", WAYS)
def test_the_step_after_the_kill_moves_every_weight(learner, way):
    found = learner.straight(way)
    assert found["moved"] == 1
    assert {"learning.safetensors", "average/mean.safetensors", "reward/running.json"} <= found["state"].keys()


@pytest.mark.parametrize(("way", "alone"), [("ddp", "whole"), ("fsdp", "whole"), ("fsdp-adapter", "adapter")])
def test_two_processes_learn_what_one_learns(learner, way, alone):
    """The same answers to the same images, and the same step from them, up to the order of sums."""
    one, two = (load_file(learner.weights(name)) for name in (alone, way))
    assert one.keys() == two.keys()
    moved = load_file(learner.weights(alone, 2))
    for name, weight in one.items():
        assert (two[name] - weight).abs().max() < 0.02 * (weight - moved[name]).abs().max(), name


@pytest.mark.parametrize("way", ["whole", "adapter", "fsdp"])
def test_without_the_weights_of_its_checkpoint_it_would_end_with_others(learner, way, tmp_path):
    status, found = learner.resumed(way, tmp_path, forget=True)
    assert set(status) == {0}
    assert found != learner.straight(way)


def test_killed_over_and_over_between_any_two_files_it_ends_with_the_same_bytes(learner, tmp_path):
    """Every start dies a little later than the one before, in the writing of checkpoints and beside it."""
    deaths, found = 0, None
    while found is None:
        status, found = learner.start(tmp_path, kill_at_event=2 + 4 * deaths)
        assert status == [0 if found else KILLED]
        deaths += not found
    assert deaths >= 4
    assert found == learner.straight("whole")


def test_a_checkpoint_that_lost_a_file_does_not_count(learner, tmp_path):
    learner.straight("whole")
    shutil.copytree(learner.folder / "whole-killed", tmp_path, dirs_exist_ok=True)
    (tmp_path / "work" / "checkpoint-2" / "optimizer.pt").unlink()
    status, found = learner.start(tmp_path)
    assert status == [0]
    assert found == learner.straight("whole")


@pytest.mark.parametrize(
    ("way", "changed", "said"),
    [
        ("whole", {"freeze_vision": True}, r"it holds besides model\.visual\.blocks"),
        ("adapter", {}, r"it lacks model\.language_model.* and holds besides base_model\.model"),
    ],
)
def test_a_checkpoint_of_other_weights_is_refused_in_one_sentence(learner, tmp_path, way, changed, said):
    status, _ = learner.resumed(way, tmp_path, changed=changed)
    assert status == [1]
    error = (tmp_path / "error-0").read_text()
    assert re.match(rf"TrainingError: .*checkpoint-2/learning\.safetensors does not fit .*{said}.* Remove", error)


def test_of_several_processes_the_first_one_chooses_the_step(learner, tmp_path):
    status, found = learner.start(tmp_path, astray=True, **WAYS["ddp"])
    assert status == [0, 0]
    assert (tmp_path / "best-1").read_text() == str(found["best"])


def validated(folder, rank=0):
    """Step → the answers that a process was told, and the images that it has opened."""
    return json.loads((folder / f"validated-{rank}.json").read_text())


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_processes_share_out_the_validation_images_and_each_is_told_all_answers(learner, way):
    learner.straight("whole")
    learner.straight(way)
    places = (("whole", 0), (way, 0), (way, 1))
    alone, *together = (validated(learner.folder / name, rank) for name, rank in places)
    first, second = (set(told["0"]["opened"]) for told in together)
    assert not first & second
    assert first | second == set(alone["0"]["opened"])
    assert abs(len(first) - len(second)) <= 1
    assert all(one["texts"] == other["texts"] for one, other in zip(*(told.values() for told in together), strict=True))
    assert together[0]["0"]["texts"] == alone["0"]["texts"], "the model at the start answers alike"
