"""Figures inside contents, each counting the same whatever its size."""

import numpy as np
import pytest

from mgiqa.metrics.within import Within

CODES = np.array([2, 0, 1, 0, 2, 2, 3, 3])
"""Content 0 has images 1 and 3, content 2 has 0, 4 and 5, content 3 has 6 and 7, content 1 has only one."""


def sizes_and_sums(rows: np.ndarray) -> tuple[float, float]:
    """What is measured: how many images, and the sum of their numbers; undefined for content 3."""
    return float(len(rows)), float(rows.sum()) if 7 not in rows else float("nan")


def test_contents_of_several_images_are_measured_where_every_figure_is_defined() -> None:
    within = Within.of(CODES, 2, sizes_and_sums)
    assert within.rows.tolist() == [1, 0]
    assert within.figures.tolist() == [[2.0, 4.0], [3.0, 9.0]]


def test_the_mean_counts_a_content_as_often_as_it_is_drawn() -> None:
    within = Within.of(CODES, 2, sizes_and_sums)
    weights = np.array([[1, 1, 1, 1, 1, 1, 1, 1], [3, 1, 0, 1, 3, 3, 9, 9], [2, 0, 5, 0, 2, 2, 0, 0]], dtype=np.int32)
    np.testing.assert_array_equal(within.mean(weights), [[2.5, 6.5], [2.75, 7.75], [3.0, 9.0]])


def test_a_resample_that_draws_none_of_them_has_no_mean_and_no_warning() -> None:
    within = Within.of(CODES, 2, sizes_and_sums)
    with np.errstate(all="raise"):
        assert np.isnan(within.mean(np.array([[0, 0, 4, 0, 0, 0, 4, 4]], dtype=np.int32))).all()


@pytest.mark.parametrize("codes", [np.arange(4), np.empty(0, dtype=np.intp)])
def test_where_no_content_has_two_images_there_is_nothing_inside(codes: np.ndarray) -> None:
    within = Within.of(codes, 2, sizes_and_sums)
    assert within.rows.shape == (0,)
    assert within.figures.shape == (0, 2)
    assert np.isnan(within.mean(np.ones((3, len(codes)), dtype=np.int32))).all()
