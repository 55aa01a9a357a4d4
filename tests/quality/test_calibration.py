"""The mean of several answers, and whether their spread is honest."""

import json

import numpy as np
import pytest
from scipy import stats

from mgiqa.errors import DataError
from mgiqa.quality.calibration import calibration


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
    with pytest.raises(DataError, match="do not fit human scores"):
        calibration(np.ones((3, 2)), np.ones(2))
