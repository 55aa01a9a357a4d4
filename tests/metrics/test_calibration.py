"""The mean of several answers, and whether their spread is honest."""

import json

import numpy as np
import pytest
from scipy import stats

from mgiqa.errors import DataError
from mgiqa.metrics.calibration import Calibration, calibration


def answers(k: int = 8, n: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Answers that scatter about the truth by as much as the human score does, more for some images than for others."""
    rng = np.random.default_rng(seed)
    center, width = rng.uniform(1, 5, n), rng.uniform(0.05, 0.6, n)
    return center[:, None] + width[:, None] * rng.normal(size=(n, k)), center + width * rng.normal(size=n)


def test_an_honest_spread_covers_what_it_claims_but_for_the_few_answers() -> None:
    q, mos = answers(k=30)
    found = calibration(q, mos, level=0.9)
    assert found.coverage == pytest.approx(0.9, abs=0.03)
    assert found.factor == pytest.approx(1.0, abs=0.1)
    assert found.spread_with_error > 0.3


def test_a_spread_that_is_half_as_large_covers_less_and_the_factor_says_two() -> None:
    q, mos = answers(k=30)
    center = q.mean(axis=1, keepdims=True)
    found = calibration(center + (q - center) / 2, mos, level=0.9)
    assert found.coverage < 0.7
    assert found.factor == pytest.approx(2 * calibration(q, mos, level=0.9).factor, rel=1e-9)


def test_the_mean_of_several_answers_beats_one() -> None:
    rng = np.random.default_rng(1)
    mos = rng.uniform(1, 5, 300)
    found = calibration(mos[:, None] + rng.normal(size=(300, 6)), mos)
    assert found.srcc_mean > found.srcc_single + 0.05


def test_figures_equal_their_definition() -> None:
    q, mos = answers(k=4, n=50)
    found = calibration(q, mos)
    error = q.mean(axis=1) - mos
    assert found.bias == pytest.approx(error.mean())
    assert found.error == pytest.approx(np.abs(error).mean())
    assert found.spread == pytest.approx(q.std(axis=1, ddof=1).mean())
    assert found.spread_with_error == pytest.approx(stats.spearmanr(q.std(axis=1, ddof=1), np.abs(error))[0])


def by_hand(**changes: float) -> Calibration:
    """Means 3, 3, 3, none and 2; spreads sqrt 2, 0, sqrt 8, none and none; errors -0.5, 0, -1.5, none and -0.5."""
    nan = float("nan")
    return calibration([[2, 4], [3, 3], [1, 5], [nan, nan], [2, nan]], [3.5, 3, 4.5, 3, 2.5], **changes)


def test_a_worked_example_by_hand() -> None:
    found = by_hand()
    assert (found.n, found.n_scored, found.n_spread, found.failures) == (5, 4, 3, pytest.approx(0.3))
    assert (found.bias, found.error) == (pytest.approx(-0.625), pytest.approx(0.625))
    assert found.spread == pytest.approx(2**0.5)
    assert (found.level, found.coverage) == (0.95, 1.0)


@pytest.mark.parametrize(
    ("level", "coverage", "needed"),
    [(0.3, 2 / 3, 0.0), (0.5, 1.0, 0.5 / 2**0.5), (0.9, 1.0, 1.5 / 8**0.5)],
)
def test_the_interval_that_is_stated_is_that_of_a_normal_distribution(
    level: float, coverage: float, needed: float
) -> None:
    found = by_hand(level=level)
    assert (found.level, found.coverage) == (level, pytest.approx(coverage))
    assert found.factor == pytest.approx(needed / stats.norm.ppf((1 + level) / 2))


def test_bins_go_from_the_smallest_spread_to_the_largest() -> None:
    first, second = by_hand(bins=2).bins
    assert (first.n, first.spread, first.error) == (2, pytest.approx(0.5**0.5), pytest.approx(0.25))
    assert (second.n, second.spread, second.error) == (1, pytest.approx(8**0.5), pytest.approx(1.5))
    assert [part.n for part in by_hand(bins=7).bins] == [1, 1, 1]


def test_one_answer_ranks_as_well_as_answers_do_on_average() -> None:
    q, mos = answers(k=3, n=40)
    q[::5, 1] = np.nan
    each = [stats.spearmanr(one, mos, nan_policy="omit")[0] for one in q.T]
    assert calibration(q, mos).srcc_single == pytest.approx(np.mean(each))


def test_failed_answers_are_counted_and_left_out_of_the_mean() -> None:
    q, mos = answers(k=4, n=50)
    q[0, 1:], q[1], mos[2] = np.nan, np.nan, np.nan
    found = calibration(q, mos)
    assert (found.n, found.n_scored, found.n_spread) == (50, 48, 47)
    assert found.failures == pytest.approx(7 / 200)


def test_one_answer_has_no_spread() -> None:
    q, mos = answers(k=1, n=50)
    found = calibration(q, mos)
    assert found.n_spread == 0
    assert np.isnan(found.coverage)
    assert found.srcc_mean == found.srcc_single
    json.dumps(found.as_dict(), allow_nan=False)


def test_no_factor_repairs_a_spread_of_zero() -> None:
    mos = np.arange(20.0)
    assert calibration(np.repeat(mos[:, None] + 1, 3, axis=1), mos).factor == np.inf
    assert calibration(np.repeat(mos[:, None], 3, axis=1), mos).factor == 0


def test_bins_hold_every_image_in_order_of_spread() -> None:
    q, mos = answers(k=5, n=103)
    found = calibration(q, mos, bins=5)
    assert sum(part.n for part in found.bins) == 103
    assert [part.spread for part in found.bins] == sorted(part.spread for part in found.bins)


def test_no_images_and_wrong_shapes() -> None:
    assert calibration(np.empty((0, 3)), np.empty(0)).n == 0
    assert calibration(np.empty((0, 3)), np.empty(0)).bins == ()
    with pytest.raises(DataError, match=r"answers \(3, 2\) do not fit human scores \(2,\). Give one row per image"):
        calibration(np.ones((3, 2)), np.ones(2))
    with pytest.raises(DataError, match="do not fit"):
        calibration(np.ones(3), np.ones(3))
