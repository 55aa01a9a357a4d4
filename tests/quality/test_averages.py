"""Means over benchmarks, which leave nothing out in silence."""

import numpy as np
import pytest

from mgiqa.quality.averages import fisher_mean, macro_mean, weighted_mean


def test_means_by_hand() -> None:
    assert macro_mean([0.5, 0.7]) == pytest.approx(0.6)
    assert weighted_mean([0.5, 0.7], [300, 100]) == pytest.approx(0.55)
    assert fisher_mean([0.5, 0.9]) == pytest.approx(np.tanh((np.arctanh(0.5) + np.arctanh(0.9)) / 2))
    assert fisher_mean([0.5, 0.9], [13, 33]) == pytest.approx(
        np.tanh((10 * np.arctanh(0.5) + 30 * np.arctanh(0.9)) / 40)
    )


def test_equal_figures_are_their_own_mean() -> None:
    for mean in (macro_mean, fisher_mean):
        assert mean([0.8, 0.8, 0.8]) == pytest.approx(0.8)
    assert weighted_mean([0.8, 0.8], [3, 900]) == pytest.approx(0.8)


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
