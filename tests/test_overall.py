import numpy as np
import pytest

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import read_answer, write_answer
from mgiqa.overall import EXPONENT, as_read, minkowski_mean, pooled

RNG = np.random.default_rng(0)
ANSWERS = RNG.uniform(1, 5, (200, 5))


def test_one_fault_among_three_parts_counts_more_than_in_the_mean_and_less_than_alone() -> None:
    assert minkowski_mean(np.array([5.0, 2.0, 5.0])) == pytest.approx(5 - 3 * (1 / 3) ** (1 / EXPONENT))


def test_the_whole_lies_between_the_worst_part_and_the_mean() -> None:
    whole = minkowski_mean(ANSWERS)
    assert (ANSWERS.min(axis=1) < whole).all()
    assert (whole < ANSWERS.mean(axis=1)).all()


def test_parts_without_fault_make_a_whole_without_fault() -> None:
    assert minkowski_mean(np.full(4, 5.0)) == 5.0


def test_an_answer_that_gives_one_score_to_everything_means_that_score() -> None:
    scores = np.linspace(1, 5, 9)
    assert pooled(np.repeat(scores[:, None], 5, axis=1)) == pytest.approx(scores)


def test_a_better_score_of_a_fault_makes_a_better_whole_and_composition_is_none() -> None:
    for column, key in enumerate(KEYS):
        better = ANSWERS.copy()
        better[:, column] += 0.5 * (5 - better[:, column])
        gain = pooled(better) - pooled(ANSWERS)
        assert (gain == 0).all() if key == "composition" else (gain > 0).all()


def test_attributes_without_names_all_take_part() -> None:
    assert pooled(np.array([[5.0, 2.0, 4.0]])) == pytest.approx((4 + 5 - 3 * 0.5**0.25) / 2)


def test_the_overall_score_alone_stands_alone() -> None:
    assert pooled(ANSWERS[:, -1:]).tolist() == ANSWERS[:, -1].tolist()


@pytest.mark.parametrize("missing", ["sharpness", "color", "noise", "overall"])
def test_without_one_of_the_scores_that_it_needs_an_answer_has_no_whole(missing: str) -> None:
    scores = ANSWERS[:3].copy()
    scores[1, KEYS.index(missing)] = np.nan
    assert np.isfinite(pooled(scores)).tolist() == [True, False, True]


def test_read_pooled_nothing_but_the_overall_score_is_another() -> None:
    scores = {"sharpness": 3.2, "color": 3.85, "noise": 4.1, "composition": 3.0, "overall": 3.55}
    answer = read_answer(write_answer(scores, dict.fromkeys(KEYS, "so.")))
    minkowski = 5 - ((1.8**4 + 1.15**4 + 0.9**4) / 3) ** 0.25
    assert as_read(answer, "direct") == answer
    assert as_read(answer, "pooled").scores == scores | {"overall": pytest.approx((3.55 + minkowski) / 2)}
    assert as_read(answer, "pooled").text == answer.text


def test_an_answer_that_cannot_be_read_stays_one() -> None:
    answer = read_answer("good")
    assert as_read(answer, "pooled") == answer
