"""Means over benchmarks, which leave nothing out in silence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.metrics.means import fisher_mean, macro_mean, weighted_mean

COUNTED = st.lists(st.tuples(st.floats(-0.95, 0.95), st.integers(1, 6)), min_size=1, max_size=8)
"""Figures, each with a number of images."""


def test_means_by_hand() -> None:
    assert macro_mean([0.5, 0.7]) == pytest.approx(0.6)
    assert weighted_mean([0.5, 0.7], [300, 100]) == pytest.approx(0.55)


def test_the_odds_of_fishers_mean_are_the_geometric_mean_of_the_odds() -> None:
    """(1 + r) / (1 - r) is 4 for r = .6, 9 for .8, 6 for 5/7, 8 for 7/9, and 1 for 0."""
    assert fisher_mean([0.6, 0.8]) == pytest.approx(5 / 7)
    assert fisher_mean([7 / 9, 0.0], [5, 4]) == pytest.approx(0.6), "two and one beyond three: the cube root of 8 x 8"
    assert fisher_mean([0.8, 0.0, 0.3], [4, 4, 3]) == pytest.approx(0.5), "three images have no weight"


@given(COUNTED)
def test_a_weight_stands_for_as_many_benchmarks(counted: list[tuple[float, int]]) -> None:
    figures, counts = zip(*counted, strict=True)
    each = np.repeat(figures, counts)
    assert weighted_mean(figures, counts) == pytest.approx(macro_mean(each))
    assert fisher_mean(figures, [count + 3 for count in counts]) == pytest.approx(fisher_mean(each), abs=1e-9)


@given(COUNTED)
def test_every_mean_lies_among_its_figures_and_changes_sign_with_them(counted: list[tuple[float, int]]) -> None:
    figures, counts = map(np.array, zip(*counted, strict=True))
    for mean in (macro_mean, fisher_mean, lambda values: weighted_mean(values, counts)):
        assert figures.min() - 1e-9 <= mean(figures) <= figures.max() + 1e-9
        assert mean(-figures) == pytest.approx(-mean(figures), abs=1e-12)


def test_an_undefined_figure_makes_the_mean_undefined() -> None:
    assert np.isnan(macro_mean([0.5, np.nan]))
    assert np.isnan(weighted_mean([0.5, np.nan], [1, 1]))
    assert np.isnan(fisher_mean([0.5, np.nan]))
    assert np.isnan([macro_mean([0.5, None]), weighted_mean([0.5, None], [1, 1]), fisher_mean([0.5, None])]).all()


def test_no_figures_have_no_mean() -> None:
    assert np.isnan([macro_mean([]), weighted_mean([], []), fisher_mean([]), fisher_mean([0.5], [3])]).all()


def test_benchmarks_of_three_images_or_fewer_say_nothing_of_a_correlation() -> None:
    assert fisher_mean([0.5, 0.9, -0.9], [10, 3, 2]) == pytest.approx(0.5)
    assert fisher_mean([0.5, 0.9], [4, 4]) == pytest.approx(fisher_mean([0.5, 0.9]))


@pytest.mark.filterwarnings("error")
def test_weights_that_are_all_zero_leave_no_mean() -> None:
    assert np.isnan(weighted_mean([0.5, 0.7], [0, 0]))


def test_a_perfect_correlation_does_not_decide_alone() -> None:
    assert 0.5 < fisher_mean([1.0, 0.0, 0.0]) < 1
    assert fisher_mean([1.0, -1.0]) == pytest.approx(0)
