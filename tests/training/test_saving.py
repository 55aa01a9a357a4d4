"""A training can be stopped and followed by a clock: what it ends with does not depend on either."""

import json
import os
import signal
import time

import pytest
from safetensors.torch import load_file

from mgiqa.execution.work import work_folder
from mgiqa.models.load import load_model, save_model
from mgiqa.registry.ending import Terminated
from mgiqa.settings import check_settings
from mgiqa.settings.training import Train
from mgiqa.training.grpo.checkpoints import latest_checkpoint
from mgiqa.training.grpo.policy import learn_to_rank
from mgiqa.training.grpo.saving import Saving
from mgiqa.workspace import Workspace

STEPS = 4
SETTINGS = {
    "steps": STEPS, "iterations": 2, "validate_every": STEPS, "validate_answers": 1, "images": 8, "answers": 3,
    "least": 4, "max_tokens": 40, "learning_rate": 1e-3, "averaging": 0.5, "span_credit": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def learn(speaker, training, validation):
    """Starts a training, or goes on with it; what it ends with."""

    def start(work, at_step=lambda step: None, **changed):
        ranked = learn_to_rank(
            load_model(speaker, "cpu"),
            training,
            validation,
            Train(**(SETTINGS | changed)),
            seed=0,
            work=work / "work",
            source=speaker,
            progress=lambda figures, step: at_step(step),
        )
        save_model(work / "model", ranked.loaded.model, ranked.loaded.processor, {"overall": "direct"})
        rows = [{name: value for name, value in row.items() if name != "seconds"} for row in ranked.rows]
        last = load_file(work / "work" / f"checkpoint-{STEPS}" / "learning.safetensors")
        return (
            (work / "model" / "model.safetensors").read_bytes(),
            json.dumps(rows),
            {name: weight.numpy().tobytes() for name, weight in last.items()},
        )

    return start


@pytest.fixture(scope="module")
def undisturbed(learn, tmp_path_factory):
    return learn(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_training_that_is_asked_to_end_saves_first_and_goes_on_as_if_nothing_had_been(
    learn, undisturbed, tmp_path, signum, capsys
):
    """It is asked in the middle of a generation batch, which has to end."""
    before = signal.getsignal(signum)
    with pytest.raises(Terminated) as ended:
        learn(tmp_path, lambda step: os.kill(os.getpid(), signum) if step == 1 else None)
    assert ended.value.code == 128 + signum
    assert latest_checkpoint(tmp_path / "work").name == "checkpoint-2"
    assert "asked to end" in capsys.readouterr().err
    assert signal.getsignal(signum) is before
    assert learn(tmp_path) == undisturbed


def test_checkpoints_by_the_clock_fall_between_batches_and_change_nothing(learn, undisturbed, tmp_path):
    there = []
    found = learn(
        tmp_path,
        lambda step: there.append(sorted(path.name for path in (tmp_path / "work").glob("checkpoint-*"))),
        checkpoint_minutes=1e-6,
    )
    assert there == [[], [], ["checkpoint-2"], ["checkpoint-2"]]
    assert found == undisturbed


def test_a_signal_with_nothing_to_save_or_one_too_many_ends_at_once(monkeypatch):
    saving = Saving(15, 1)
    with pytest.raises(Terminated), saving.deferring_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
        pytest.fail("it waited, though no step was under way")
    saving.on_step_begin(None, None, None)
    reached = []
    with pytest.raises(Terminated), saving.deferring_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        reached.append("the echo of the first")
        monkeypatch.setattr("mgiqa.training.grpo.saving.HASTE", 0.0)
        time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
        reached.append("haste")
    assert reached == ["the echo of the first"]


def test_a_run_that_waits_to_be_resumed_may_be_saved_at_other_times(speaker, tmp_path):
    workspace = Workspace(tmp_path)
    workspace.manifest.parent.mkdir(parents=True)
    workspace.manifest.write_bytes(b"")
    folders = {
        work_folder("train", check_settings({"train": changed}), workspace, speaker)
        for changed in ({}, {"checkpoint_minutes": 1}, {"kl": 0.5})
    }
    assert len(folders) == 2
