import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mgiqa.attributes import KEYS
from mgiqa.models.load import LoadedModel
from mgiqa.scoring.generation import Decoding
from mgiqa.training.grpo.averaging import Averaged
from mgiqa.training.grpo.selection import Selection
from mgiqa.training.validation import ValidationScore, validation_score

COLUMN = {key: number for number, key in enumerate(KEYS)}


def test_scores_in_the_order_of_the_labels_stand_highest(validation):
    found = validation_score(np.nan_to_num(validation.labels, nan=3.0)[:, None], validation)
    assert found.overall == pytest.approx(1.0)
    assert found.attributes == pytest.approx(1.0)
    assert found.parsed == 1.0


def test_a_dataset_is_ranked_within_itself(validation):
    shifted = np.nan_to_num(validation.labels, nan=3.0)[:, None]
    shifted[validation.dataset == "two"] -= 100
    assert validation_score(shifted, validation).overall == pytest.approx(1.0)


def test_unreadable_answers_cost_their_share(validation):
    scores = np.nan_to_num(validation.labels, nan=3.0)[:, None]
    scores[::6] = np.nan
    whole, torn = (
        validation_score(np.nan_to_num(validation.labels, nan=3.0)[:, None], validation),
        validation_score(scores, validation),
    )
    assert torn.parsed == pytest.approx(10 / 12)
    assert torn.score == pytest.approx(whole.score - 2 / 12)


def test_the_same_score_for_all_is_worth_nothing(validation):
    found = validation_score(np.full((len(validation), 1, len(KEYS)), 3.0), validation)
    assert found.overall == 0.0
    assert found.distinct == 1


@pytest.fixture
def selection(build, processor, validation, tmp_path):
    model = build(1)
    averaged = Averaged(model, 0.0)
    loaded = LoadedModel(model, processor, {})
    return Selection(
        loaded,
        averaged,
        validation,
        every=2,
        folder=tmp_path / "best",
        decoding=Decoding(max_tokens=4),
        overall="direct",
    )


def end_of(step):
    return None, SimpleNamespace(global_step=step, max_steps=10), SimpleNamespace(should_save=False)


def test_a_judgement_is_followed_by_a_checkpoint(selection):
    *_, control = end_of(2)
    selection.on_step_end(None, SimpleNamespace(global_step=2, max_steps=10), control)
    assert control.should_save
    assert list(selection.scores) == [2]


def test_between_judgements_nothing_is_judged(selection):
    selection.on_step_end(*end_of(3))
    assert not selection.scores


def test_of_equals_the_earliest_is_kept_and_given_back(selection):
    selection.on_train_begin(*end_of(0))
    start = {name: weight.detach().clone() for name, weight in selection.averaged.weights.items()}
    with torch.no_grad():
        for weight in selection.averaged.weights.values():
            weight.mul_(1.0001)
    selection.on_step_end(*end_of(2))
    assert selection.best == 0
    selection.apply_best()
    assert all(torch.equal(weight, start[name]) for name, weight in selection.averaged.weights.items())


def test_weights_that_are_no_longer_best_go_after_the_checkpoint_says_so(selection):
    selection.on_train_begin(*end_of(0))
    (selection.folder / "step-7.safetensors").write_bytes(b"of a run that was killed")
    selection.clean(0)
    assert [path.name for path in selection.folder.iterdir()] == ["step-0.safetensors"]


def test_restored_scores_choose_the_same_step(selection, tmp_path):
    before = {
        0: ValidationScore(math.nan, math.nan, 0.0, 0),
        2: ValidationScore(0.4, 0.2, 1.0, 7),
        4: ValidationScore(0.4, math.nan, 1.0, 9),
        6: ValidationScore(0.4, 0.4, 1.0, 8),
    }
    selection.scores = dict(before)
    assert selection.best == 4
    selection.save_state(tmp_path)
    selection.scores = {}
    selection.load_state(tmp_path)
    assert repr(selection.scores) == repr(before), "to the last digit; NaN is not equal to itself, but its repr is"
    assert selection.best == 4
