from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mgiqa.errors import TrainingError
from mgiqa.training.grpo.averaging import Averaged


def walk(averaged, model, values):
    averaged.on_train_begin(None, None, None)
    for step, value in enumerate(values, 1):
        with torch.no_grad():
            model.weight.fill_(value)
        averaged.on_step_end(None, SimpleNamespace(global_step=step), None)


@pytest.fixture
def model():
    return nn.Linear(1, 1, bias=False)


def test_weights_that_stand_still_are_their_own_average(model):
    averaged = Averaged(model, 0.9)
    walk(averaged, model, [2.0] * 200)
    assert averaged.mean["weight"].item() == pytest.approx(2.0, abs=1e-6)


def test_the_model_is_given_back_as_it_was(model):
    averaged = Averaged(model, 0.9)
    walk(averaged, model, [1.0, 5.0])
    with averaged.applied():
        assert 1.0 < model.weight.item() < 5.0
    assert model.weight.item() == 5.0


def test_without_decay_the_average_is_the_model(model):
    averaged = Averaged(model, 0.0)
    walk(averaged, model, [1.0, 5.0])
    with averaged.applied():
        assert model.weight.item() == 5.0


def test_a_restored_average_goes_on(model, tmp_path):
    averaged = Averaged(model, 0.9)
    walk(averaged, model, [1.0, 5.0, 2.0])
    averaged.save_state(tmp_path)
    other = Averaged(model, 0.9)
    other.load_state(tmp_path)
    other.on_train_begin(None, None, None)
    for one in (averaged, other):
        one.on_step_end(None, SimpleNamespace(global_step=4), None)
    assert torch.equal(averaged.mean["weight"], other.mean["weight"])


def test_it_begins_with_the_weights_as_they_are_when_training_begins(model):
    averaged = Averaged(model, 0.9)
    with torch.no_grad():
        model.weight.fill_(3.0)
    averaged.on_train_begin(None, None, None)
    assert averaged.mean["weight"].item() == 3.0


def test_a_restored_average_lies_where_the_weights_lie(model, tmp_path):
    averaged = Averaged(model, 0.9)
    walk(averaged, model, [1.0, 5.0])
    averaged.save_state(tmp_path)
    elsewhere = Averaged(nn.Linear(1, 1, bias=False, device="meta"), 0.9)
    elsewhere.load_state(tmp_path)
    assert elsewhere.mean["weight"].device.type == "meta"
    elsewhere.on_step_end(None, SimpleNamespace(global_step=3), None)
    with elsewhere.applied():
        pass


def test_an_average_of_other_weights_is_refused(model, tmp_path):
    averaged = Averaged(model, 0.9)
    walk(averaged, model, [1.0])
    averaged.save_state(tmp_path)
    with pytest.raises(TrainingError, match="lacks bias"):
        Averaged(nn.Linear(1, 1), 0.9).load_state(tmp_path)
    with pytest.raises(TrainingError, match="holds besides weight"):
        Averaged(model, 0.0).load_state(tmp_path)
