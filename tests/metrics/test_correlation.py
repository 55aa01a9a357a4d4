"""Correlations equal scipy's, under weights as well, and keep the laws of correlation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from mgiqa.metrics.correlation import Linear, Ranking, correlations, spearman, srcc

VALUES = hnp.arrays(np.float64, st.integers(3, 40), elements=st.integers(-20, 20).map(float))


def plcc(x: np.ndarray, y: np.ndarray) -> float:
    return float(Linear(x[None], y).correlate(np.ones((1, len(x)), dtype=np.int32))[0, 0])


@pytest.mark.filterwarnings("ignore::scipy.stats.ConstantInputWarning", "ignore::scipy.stats.NearConstantInputWarning")
def test_both_equal_scipy_on_a_thousand_cases_with_ties() -> None:
    rng = np.random.default_rng(0)
    for _ in range(1000):
        x, y = rng.normal(size=(2, int(rng.integers(2, 60)))).round(int(rng.integers(0, 4)))
        y = y + rng.normal() * x
        np.testing.assert_allclose(srcc(x, y), stats.spearmanr(x, y)[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(plcc(x, y), stats.pearsonr(x, y)[0], rtol=0, atol=1e-12)


def test_a_weight_stands_for_as_many_equal_images() -> None:
    rng = np.random.default_rng(1)
    for n in (4, 30, 300):
        x, y = rng.normal(size=(2, n)).round(1)
        weights = np.concatenate([rng.integers(0, 4, (5, n), dtype=np.int32), np.eye(2, n, dtype=np.int32)])
        repeated = [(np.repeat(x, w), np.repeat(y, w)) for w in weights]
        linear, ranked = Linear(x[None], y).correlate(weights)[:, 0], spearman(Ranking.of(x), Ranking.of(y), weights)
        np.testing.assert_allclose(linear[:5], [stats.pearsonr(*pair)[0] for pair in repeated[:5]], atol=1e-12)
        np.testing.assert_allclose(ranked[:5], [stats.spearmanr(*pair)[0] for pair in repeated[:5]], atol=1e-12)
        assert np.isnan(linear[5:]).all()
        assert np.isnan(ranked[5:]).all()


def test_pearson_keeps_its_digits_where_a_resample_misses_the_outlier() -> None:
    x, y = np.array([1e9, 1.0, 2.0, 3.0, 5.0]), np.array([0.0, 2.0, 1.0, 4.0, 3.0])
    weights = np.array([[0, 1, 1, 1, 1]], dtype=np.int32)
    assert Linear(x[None], y).correlate(weights)[0, 0] == pytest.approx(stats.pearsonr(x[1:], y[1:])[0], abs=1e-7)


@given(VALUES)
@settings(deadline=None)
def test_a_monotone_change_leaves_srcc(x: np.ndarray) -> None:
    y = np.roll(x, 1) + np.arange(len(x))
    assert srcc(np.exp(x / 10) * 3 - 7, y) == pytest.approx(srcc(x, y), abs=1e-12, nan_ok=True)
    assert srcc(-(x**3), y) == pytest.approx(-srcc(x, y), abs=1e-12, nan_ok=True)


@given(VALUES, st.floats(0.01, 100), st.floats(-1000, 1000))
@settings(deadline=None)
def test_a_positive_affine_change_leaves_plcc(x: np.ndarray, slope: float, intercept: float) -> None:
    y = np.roll(x, 1) + np.arange(len(x))
    assert plcc(slope * x + intercept, y) == pytest.approx(plcc(x, y), abs=1e-7, nan_ok=True)


@given(VALUES)
@settings(deadline=None)
def test_both_are_symmetric(x: np.ndarray) -> None:
    y = np.roll(x, 1) + np.arange(len(x))
    assert srcc(x, y) == pytest.approx(srcc(y, x), abs=1e-12, nan_ok=True)
    assert plcc(x, y) == pytest.approx(plcc(y, x), abs=1e-12, nan_ok=True)


def test_a_correlation_matrix_is_symmetric_with_ones_on_its_diagonal() -> None:
    rankings = [Ranking.of(column) for column in np.random.default_rng(3).normal(size=(4, 30))]
    matrix = correlations(rankings, np.ones((1, 30), dtype=np.int32))[0]
    np.testing.assert_allclose(np.diag(matrix), 1, atol=1e-12)
    np.testing.assert_array_equal(matrix, matrix.T)


def test_constants_and_images_without_a_partner_have_no_correlation() -> None:
    assert np.isnan(srcc(np.ones(5), np.arange(5.0)))
    assert np.isnan(plcc(np.full(5, 0.1), np.arange(5.0)))
    assert np.isnan(srcc(np.array([1.0, np.nan]), np.array([np.nan, 2.0])))
