"""Paired comparisons: mirrored by swapping, calm under no difference, sharp under one."""

import numpy as np
import pytest
from scipy import stats

from mgiqa.metrics.difference import Benchmark, difference, mean_srcc, permutation_test, resampled_srcc


def benchmark(first: float, second: float, seed: int = 0, n: int = 80) -> Benchmark:
    """Two scores of the given noise."""
    rng = np.random.default_rng(seed)
    mos = rng.normal(size=n)
    noise = rng.normal(size=(2, n))
    return Benchmark(mos + first * noise[0], 50 + 9 * (mos + second * noise[1]), mos, np.arange(n) // 2)


def swapped(one: Benchmark) -> Benchmark:
    return Benchmark(one.second, one.first, one.mos, one.codes)


def test_swapping_the_scores_mirrors_the_difference() -> None:
    parts = [benchmark(0.4, 0.9), benchmark(0.7, 0.7, seed=1)]
    one, other = difference(parts, 200, 0), difference([swapped(part) for part in parts], 200, 0)
    assert one.difference == -other.difference
    assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]))
    assert one.p_value == pytest.approx(other.p_value, abs=0.06)


def test_a_score_does_not_differ_from_itself_nor_from_a_monotone_change_of_itself() -> None:
    one = benchmark(0.5, 0.5)
    same = Benchmark(one.first, np.exp(one.first), one.mos, one.codes)
    found = difference([same], 100, 0)
    assert (found.difference, found.interval, found.p_value, found.better) == (0, (0, 0), 1, 0)


def test_a_clear_difference_is_found() -> None:
    found = difference([benchmark(0.2, 1.5)], 300, 0)
    assert found.interval[0] > 0
    assert found.p_value == 1 / 301, "no permutation comes near, and the data themselves are one of them"
    assert found.better > 0.99
    assert found.resamples == 300
    assert found.undefined == 0


def test_the_level_is_the_share_of_resamples_inside_the_interval() -> None:
    part = benchmark(0.4, 0.9)
    drawn = resampled_srcc([part], 400, 7)
    gaps = drawn[:, 0] - drawn[:, 1]
    assert difference([part], 400, 7).interval == pytest.approx(tuple(np.quantile(gaps, [0.025, 0.975])))
    assert difference([part], 400, 7, level=0.5).interval == pytest.approx(tuple(np.quantile(gaps, [0.25, 0.75])))
    assert difference([part], 400, 7).better == np.mean(gaps > 0)


def test_every_benchmark_has_draws_of_its_own() -> None:
    part = benchmark(0.4, 0.9)
    alone, twice = (resampled_srcc([part] * number, 200, 0) for number in (1, 2))
    assert twice.std(axis=0) == pytest.approx(alone.std(axis=0) / 2**0.5, rel=0.2)
    assert not np.allclose(twice, alone)


def test_a_permutation_swaps_whole_contents() -> None:
    rng = np.random.default_rng(0)
    mos, noise = rng.normal(size=30), rng.normal(size=30)
    one = Benchmark(mos, mos + noise, mos, np.zeros(30, dtype=np.intp))
    # with one content, a permutation leaves the difference or turns it round: both are as large
    assert permutation_test([one], 50, 0) == 1.0
    apart = Benchmark(one.first, one.second, one.mos, np.arange(30))
    assert permutation_test([apart], 50, 0) == 1 / 51


def test_the_mean_over_benchmarks_is_the_mean_of_scipy_s_correlations() -> None:
    parts = [benchmark(0.4, 0.9), benchmark(0.7, 0.7, seed=1, n=30)]
    expected = [
        np.mean([stats.spearmanr(getattr(part, name), part.mos)[0] for part in parts]) for name in ("first", "second")
    ]
    np.testing.assert_allclose(mean_srcc(parts), expected, atol=1e-12)


def test_pairing_makes_the_interval_narrower_than_two_alone() -> None:
    rng = np.random.default_rng(5)
    mos, noise = rng.normal(size=(2, 200))
    alike = Benchmark(mos + noise, mos + noise + 0.1 * rng.normal(size=200), mos, np.arange(200))
    drawn = resampled_srcc([alike], 400, 0)
    assert (drawn[:, 0] - drawn[:, 1]).std() < 0.5 * drawn[:, 0].std()


def test_without_a_difference_p_values_are_spread_evenly() -> None:
    values = [permutation_test([benchmark(0.8, 0.8, seed=seed, n=40)], 99, seed) for seed in range(100)]
    assert stats.kstest(values, "uniform").pvalue > 0.001
    assert np.mean(np.array(values) <= 0.1) < 0.22


def test_a_constant_score_has_no_difference_and_no_p_value() -> None:
    one = benchmark(0.5, 0.5)
    found = difference([Benchmark(one.first, np.ones(80), one.mos, one.codes)], 50, 0)
    assert np.isnan([found.second, found.difference, found.p_value, *found.interval]).all()
    assert found.undefined == 50


def inside(n: int = 60, size: int = 8, first: float = 0.5, second: float = 1.5) -> Benchmark:
    """Contents with scales of their own: only inside one do the scores say anything."""
    rng = np.random.default_rng(2)
    mos = rng.normal(size=(n, size))
    noise = rng.normal(size=(2, n, size))
    scale = 100 * rng.normal(size=(2, n, 1))
    one, other = mos + first * noise[0] + scale[0], mos + second * noise[1] + scale[1]
    return Benchmark(one.ravel(), other.ravel(), mos.ravel(), np.arange(n * size) // size, inside=True)


def test_scores_that_compare_inside_contents_are_compared_there() -> None:
    one = inside()
    each = np.array(
        [
            [stats.spearmanr(score[one.codes == code], one.mos[one.codes == code]).statistic for score in pair]
            for code in range(60)
            for pair in [(one.first, one.second)]
        ]
    )
    assert mean_srcc([one]) == pytest.approx(each.mean(axis=0))
    found, gaps = difference([one], 2000, 0), each[:, 0] - each[:, 1]
    half = 1.96 * gaps.std(ddof=1) / np.sqrt(60)
    assert found.interval == pytest.approx((gaps.mean() - half, gaps.mean() + half), abs=0.15 * half)
    assert found.p_value < 0.01
    mixed = Benchmark(one.first, one.second, one.mos, one.codes)
    assert abs(difference([mixed], 200, 0).first) < 0.2, "over all images the scales of the contents drown everything"


def test_inside_contents_p_values_are_those_of_a_sign_flip_test() -> None:
    one = inside(n=12, second=0.6)
    pairs = [
        [stats.spearmanr(score[one.codes == code], one.mos[one.codes == code]).statistic for code in range(12)]
        for score in (one.first, one.second)
    ]
    exact = stats.permutation_test(
        pairs, lambda x, y, axis: (x - y).mean(axis=axis), permutation_type="samples", vectorized=True, n_resamples=1e5
    )
    assert permutation_test([one], 20000, 0) == pytest.approx(exact.pvalue, abs=0.015)


def test_a_content_in_which_a_score_ranks_nothing_is_left_out_for_both() -> None:
    one = inside(n=3)
    flat = np.where(one.codes == 1, 7.0, one.first)
    kept = one.codes != 1
    assert mean_srcc([Benchmark(flat, one.second, one.mos, one.codes, inside=True)]) == pytest.approx(
        mean_srcc([Benchmark(one.first[kept], one.second[kept], one.mos[kept], one.codes[kept], inside=True)])
    )
