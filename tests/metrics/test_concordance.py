"""Pairs are counted as by their definition, for any weights."""

import itertools

import numpy as np
import pytest
from scipy import stats

from mgiqa.metrics.concordance import BLOCK, ConcordantPairs, weighted_accuracy


def ones(n: int) -> np.ndarray:
    return np.ones((1, n), dtype=np.int32)


def tied(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two related variables, coarse enough for ties in half of the cases."""
    y = rng.normal(size=n)
    x = rng.normal() * y + rng.normal(size=n)
    return (np.round(x), np.round(y, 1)) if rng.random() < 0.5 else (x, y)


@pytest.mark.filterwarnings("ignore::scipy.stats.ConstantInputWarning", "ignore::RuntimeWarning")
def test_tau_b_equals_scipy_on_a_thousand_cases_with_ties() -> None:
    rng = np.random.default_rng(0)
    for _ in range(1000):
        x, y = tied(rng, int(rng.integers(2, 60)))
        found = ConcordantPairs(x, y).count(ones(len(x))).tau_b
        np.testing.assert_allclose(found[0], stats.kendalltau(x, y)[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7, 2000])
def test_tau_b_equals_scipy_across_blocks(n: int) -> None:
    rng = np.random.default_rng(n)
    for x, y in (tied(rng, n) for _ in range(4)):
        np.testing.assert_allclose(
            ConcordantPairs(x, y).count(ones(n)).tau_b[0], stats.kendalltau(x, y)[0], rtol=0, atol=1e-12
        )


def test_counts_and_accuracy_equal_a_loop_over_pairs() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        x, y = tied(rng, int(rng.integers(2, 25)))
        pairs = list(itertools.combinations(range(len(x)), 2))
        order = [(np.sign(x[i] - x[j]), np.sign(y[i] - y[j])) for i, j in pairs]
        told = [(1 + a * b) / 2 for a, b in order if b]
        counts = ConcordantPairs(x, y).count(ones(len(x)))
        assert counts.total[0] == len(pairs)
        assert counts.concordant[0] == sum(a * b > 0 for a, b in order)
        assert counts.discordant[0] == sum(a * b < 0 for a, b in order)
        np.testing.assert_allclose(counts.accuracy[0], np.mean(told) if told else np.nan, atol=1e-12)


def test_a_weight_stands_for_as_many_equal_images() -> None:
    rng = np.random.default_rng(2)
    for n in (5, 40, 300):
        x, y = tied(rng, n)
        weights = rng.integers(0, 4, (6, n), dtype=np.int32)
        expected = [stats.kendalltau(np.repeat(x, w), np.repeat(y, w))[0] for w in weights]
        np.testing.assert_allclose(ConcordantPairs(x, y).count(weights).tau_b, expected, atol=1e-12)


def test_large_counts_are_exact() -> None:
    n = 12_000
    counts = ConcordantPairs(np.arange(n, dtype=float), np.arange(n, dtype=float)).count(ones(n))
    assert counts.concordant[0] == n * (n - 1) / 2


def test_swapping_the_variables_swaps_their_ties_and_keeps_the_rest() -> None:
    x, y = tied(np.random.default_rng(4), 200)
    one, other = ConcordantPairs(x, y).count(ones(200)), ConcordantPairs(y, x).count(ones(200))
    assert one.concordant == other.concordant
    assert one.tau_b == other.tau_b
    assert one.tied_first == other.tied_second


def test_weighted_accuracy_equals_a_loop_over_pairs_and_is_independent_of_the_chunk() -> None:
    rng = np.random.default_rng(5)
    x, y, s = rng.normal(size=30).round(1), rng.normal(size=30).round(1), rng.uniform(0, 1, 30)
    agreed = certain = 0.0
    for i, j in itertools.combinations(range(30), 2):
        p = stats.norm.cdf((y[i] - y[j]) / np.hypot(s[i], s[j]))
        agreed += abs(2 * p - 1) * (0.5 if x[i] == x[j] else float((x[i] > x[j]) == (p > 0.5)))
        certain += abs(2 * p - 1)
    for rows in (1, 7, 256):
        assert weighted_accuracy(x, y, s, rows) == pytest.approx(agreed / certain, abs=1e-12)


def test_without_rater_noise_weighted_accuracy_is_accuracy() -> None:
    x, y = tied(np.random.default_rng(7), 80)
    plain = ConcordantPairs(x, y).count(ones(80)).accuracy[0]
    assert weighted_accuracy(x, y, np.zeros(80)) == pytest.approx(plain, abs=1e-12)


def test_where_raters_tell_nothing_apart_there_is_no_weighted_accuracy() -> None:
    assert np.isnan(weighted_accuracy(np.arange(5.0), np.ones(5), np.ones(5)))
