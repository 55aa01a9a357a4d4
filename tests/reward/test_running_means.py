import json

import pytest

from mgiqa.errors import TrainingError
from mgiqa.reward.running_means import Running


def test_the_mean_is_unbiased_from_the_first_step_on() -> None:
    assert Running().updated({"x": 4.0}, 0.99).mean("x") == 4.0


def test_older_values_weigh_less() -> None:
    running = Running()
    for value in (1.0, 2.0, 4.0):
        running = running.updated({"x": value}, 0.5)
    assert running.mean("x") == pytest.approx((0.25 * 1 + 0.5 * 2 + 4) / 1.75)


def test_what_is_not_observed_stays() -> None:
    running = Running().updated({"x": 1.0, "y": 2.0}, 0.9).updated({"x": 3.0}, 0.9)
    assert running.mean("y") == 2.0


def test_the_state_survives_a_checkpoint_exactly() -> None:
    running = Running().updated({"x": 0.1}, 0.99).updated({"x": 0.7, "y": 1 / 3}, 0.99)
    assert Running.from_json(json.loads(json.dumps(running.to_json()))) == running


@pytest.mark.parametrize("content", [{"x": [1]}, {"x": "ab"}, {"x": None}, [1]])
def test_a_broken_state_is_refused_in_one_sentence(content: object) -> None:
    with pytest.raises(
        TrainingError, match=r"running means of the rewards cannot be read: .+ Use an earlier checkpoint"
    ):
        Running.from_json(content)  # type: ignore[arg-type]
