import numpy as np
import pytest

from mgiqa import scores
from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import read_answer, write_answer

RNG = np.random.default_rng(0)


def with_gaps(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    table = rng.uniform(1, 5, (20, 6, 5))
    table[rng.random((20, 6)) < 0.4] = np.nan
    table[0], table[1, 1:] = np.nan, np.nan
    return table


def test_a_table_holds_what_the_answers_say_and_gaps_where_they_say_nothing() -> None:
    said = dict(zip(KEYS, (1.0, 2.0, 3.0, 4.0, 5.0), strict=True))
    answers = [[read_answer(write_answer(said, dict.fromkeys(KEYS, "so."))), read_answer("nothing")]] * 3
    table = scores.table_of(answers)
    assert table.shape == (3, 2, len(KEYS))
    np.testing.assert_array_equal(table[:, 0], [[1, 2, 3, 4, 5]] * 3)
    assert np.isnan(table[:, 1]).all()


@pytest.mark.filterwarnings("ignore:(Mean of empty slice|Degrees of freedom)")
def test_figures_of_an_image_rest_on_the_answers_that_could_be_read() -> None:
    table = with_gaps(0)
    np.testing.assert_array_equal(scores.count(table), np.isfinite(table).sum(axis=1))
    np.testing.assert_allclose(scores.mean(table), np.nanmean(table, axis=1))
    np.testing.assert_allclose(scores.variance(table), np.nanvar(table, axis=1, ddof=1))
    np.testing.assert_allclose(scores.spread(table) ** 2, scores.variance(table))


def test_without_enough_answers_a_figure_is_missing_and_no_zero() -> None:
    table = with_gaps(1)
    assert np.isnan(scores.mean(table)[0]).all()
    assert np.isnan(scores.spread(table)[[0, 1]]).all()
