from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mgiqa.training.averaging import Averaged


def walk(averaged, model, values):
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
    for one in (averaged, other):
        one.on_step_end(None, SimpleNamespace(global_step=4), None)
    assert torch.equal(averaged.mean["weight"], other.mean["weight"])
