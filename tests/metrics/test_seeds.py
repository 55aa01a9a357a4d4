"""Intervals over seeds against tables, by coverage, and by laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.metrics.seeds import paired_difference, seed_mean

FIGURES = st.lists(st.floats(-1, 1), min_size=2, max_size=10)


def test_five_runs_by_hand() -> None:
    # 1, 2, 3, 4, 5: mean 3, s = sqrt(10 / 4); t(.975, 4) = 2.776445 in the tables
    found = seed_mean([1, 2, 3, 4, 5])
    assert found.mean == 3
    assert found.runs == 5
    assert found.high - 3 == pytest.approx(2.776445 * math.sqrt(2.5) / math.sqrt(5), abs=1e-5)
    assert 3 - found.low == pytest.approx(found.high - 3)


def test_another_level_has_its_own_quantile() -> None:
    # t(.95, 2) = 2.919986 in the tables; 1, 2, 3 have s = 1
    assert seed_mean([1, 2, 3], level=0.9).high - 2 == pytest.approx(2.919986 / math.sqrt(3), abs=1e-5)


@pytest.mark.parametrize("runs", [3, 5])
def test_the_interval_covers_the_truth_as_often_as_it_says(runs: int) -> None:
    draws = np.random.default_rng(0).normal(0.4, 0.05, (4000, runs))
    covered = np.mean([found.low <= 0.4 <= found.high for found in map(seed_mean, draws)])
    assert covered == pytest.approx(0.95, abs=0.015)


def test_one_run_has_no_interval_and_none_has_nothing() -> None:
    one, none = seed_mean([0.5]), seed_mean([])
    assert (one.mean, one.runs) == (0.5, 1)
    assert math.isnan(one.low)
    assert not one.excludes_zero
    assert math.isnan(none.mean)
    assert none.runs == 0


def test_a_run_without_a_figure_is_left_out() -> None:
    assert seed_mean([1, math.nan, 3]) == seed_mean([1, 3])
    assert paired_difference([1, math.nan, 3], [0, 1, math.nan]) == seed_mean([1])


@given(FIGURES, st.floats(-2, 2))
def test_what_a_seed_does_to_both_cancels(figures: list[float], shift: float) -> None:
    effect = np.sin(np.arange(len(figures)) * 7.0)
    found = paired_difference(list(np.array(figures) + shift + effect), list(np.array(figures) + effect))
    assert found.mean == pytest.approx(shift, abs=1e-9)
    assert found.high - found.low == pytest.approx(0, abs=1e-9)


@given(FIGURES, FIGURES)
def test_swapping_the_two_mirrors_the_interval(first: list[float], second: list[float]) -> None:
    count = min(len(first), len(second))
    there = paired_difference(first[:count], second[:count])
    back = paired_difference(second[:count], first[:count])
    assert (back.mean, back.low, back.high) == pytest.approx((-there.mean, -there.high, -there.low))


def test_runs_that_are_not_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="2 and 3 runs"):
        paired_difference([1, 2], [1, 2, 3])


def test_an_interval_on_one_side_excludes_zero() -> None:
    assert seed_mean([0.02, 0.03, 0.025]).excludes_zero
    assert seed_mean([-0.02, -0.03, -0.025]).excludes_zero
    assert not seed_mean([-0.02, 0.03, 0.01]).excludes_zero
