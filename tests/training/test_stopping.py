"""A training that cannot learn stops, and says why."""

import pytest

from mgiqa.errors import TrainingError
from mgiqa.models.load import load_model
from mgiqa.settings.training import Train
from mgiqa.training.grpo.policy import learn_to_rank

SETTINGS = Train(steps=8, images=8, answers=2, least=4, validate_every=8, max_tokens=16, averaging=0.0)


def test_a_model_whose_answers_cannot_be_read_stops_with_one_sentence(folder, training, validation, tmp_path):
    """No answer can be read, so every row is masked: nothing is failed, dead or equal, and nothing is learned."""
    told = []
    with pytest.raises(TrainingError) as stopped:
        learn_to_rank(
            load_model(folder, "cpu"),
            training,
            validation,
            SETTINGS,
            seed=0,
            work=tmp_path,
            source=folder,
            log=lambda figures, step: told.append(figures),
        )
    assert str(stopped.value).startswith(
        "training stopped at step 5: sharpness, color, noise, composition, overall: "
        "100% of answers could not be read (limit 50%) in each of the last 5 steps"
    )
    assert "warmup.steps" in stopped.value.remedy
    assert [figures["unreadable/overall"] for figures in told] == [1.0] * 5
