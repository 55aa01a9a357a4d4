"""Is one score better than another on the same images? A paired bootstrap, and a permutation test.

Both work on SRCC, benchmark by benchmark, and on its mean over the benchmarks. Contents are the unit of both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import rankdata

from mgiqa.metrics.bootstrap import CHUNK, bootstrap, percentile_interval
from mgiqa.metrics.correlation import Array, Index, Ranking, Weights, spearman, srcc
from mgiqa.metrics.within import Within

ROUNDING = 1e-12
"""Differences that are equal but for rounding count as equal."""


@dataclass(frozen=True)
class Benchmark:
    """Two scores of the same n images; every value is finite.

    Attributes:
        first: (n,) one score.
        second: (n,) the other.
        mos: (n,) human scores.
        codes: (n,) content of each image, numbered from 0.
        inside: whether scores compare inside a content only; SRCC is then its mean over the contents in which both
            scores rank something.
    """

    first: Array
    second: Array
    mos: Array
    codes: Index
    inside: bool = False

    @cached_property
    def within(self) -> Within:
        """SRCC of both scores inside every content in which both rank something."""
        scores = self.first, self.second
        return Within.of(self.codes, 2, lambda rows: [srcc(score[rows], self.mos[rows]) for score in scores])


@dataclass(frozen=True)
class Difference:
    """How the first score compares with the second.

    Attributes:
        first: SRCC of the first score; the mean over benchmarks, if there are several.
        second: SRCC of the second.
        difference: ``first - second``.
        interval: percentile interval of the difference.
        better: share of resamples in which the first is better.
        p_value: chance, by permutation, of a difference at least this large in either direction if neither is better.
        resamples: of the bootstrap, and of the permutation test.
        undefined: resamples in which one of the two has no SRCC; they are left out of the interval.
    """

    first: float
    second: float
    difference: float
    interval: tuple[float, float]
    better: float
    p_value: float
    resamples: int
    undefined: int


def difference(benchmarks: Sequence[Benchmark], resamples: int, seed: int, level: float = 0.95) -> Difference:
    """Compares the two scores by the mean of SRCC over the benchmarks, each counting the same.

    Args:
        benchmarks: at least one; both scores on the same images.
        resamples: of the bootstrap, and of the permutation test.
        seed: of both.
        level: share of resamples inside the interval.

    >>> mos, last = np.arange(4.0), np.array([0.0, 1.0, 3.0, 2.0])
    >>> same = difference([Benchmark(last, last, mos, np.arange(4))], resamples=100, seed=0)
    >>> same.difference, same.interval, same.better, same.p_value
    (0.0, (0.0, 0.0), 0.0, 1.0)
    """
    whole = mean_srcc(benchmarks)
    drawn = resampled_srcc(benchmarks, resamples, seed)
    gaps = drawn[:, 0] - drawn[:, 1]
    return Difference(
        first=float(whole[0]),
        second=float(whole[1]),
        difference=float(whole[0] - whole[1]),
        interval=percentile_interval(gaps, level),
        better=float(np.mean(gaps > 0)),
        p_value=permutation_test(benchmarks, resamples, seed),
        resamples=resamples,
        undefined=int(np.isnan(gaps).sum()),
    )


def mean_srcc(benchmarks: Sequence[Benchmark]) -> Array:
    """SRCC of the first and the second score, (2,): the mean over benchmarks, NaN where it is undefined on one.

    >>> mos = np.arange(4.0)
    >>> mean_srcc([Benchmark(mos, -mos, mos, np.arange(4)), Benchmark(mos, mos, mos, np.arange(4))]).round(4).tolist()
    [1.0, 0.0]
    """
    return np.mean(
        [_statistic(benchmark)(np.ones((1, len(benchmark.mos)), dtype=np.int32))[0] for benchmark in benchmarks], axis=0
    )


def resampled_srcc(benchmarks: Sequence[Benchmark], resamples: int, seed: int) -> Array:
    """SRCC of both scores in each resample, (resamples, 2): contents are drawn anew inside every benchmark.

    Both scores see the same draws, so that what makes a resample easy or hard cancels in their difference.

    >>> mos = np.arange(20.0)
    >>> resampled_srcc([Benchmark(mos, -mos, mos, np.arange(20))], resamples=2, seed=0).round(4).tolist()
    [[1.0, -1.0], [1.0, -1.0]]
    """
    drawn = [
        bootstrap(_statistic(benchmark), benchmark.codes, resamples, (seed, number))
        for number, benchmark in enumerate(benchmarks)
    ]
    return np.mean(drawn, axis=0)


def permutation_test(benchmarks: Sequence[Benchmark], permutations: int, seed: int) -> float:
    """The share of permutations, in (0, 1], with a difference of mean SRCC at least as large as the real one.

    If neither score is better, the two are exchangeable: in each permutation the scores of a random half of the
    contents are swapped. They are swapped as ranks, since the two may have different scales. NaN where undefined.

        p = (1 + permutations with |difference| at least as large) / (1 + permutations)

    Source: Phipson and Smyth, Statistical Applications in Genetics and Molecular Biology, 2010, for the two ones: the
    real order is one of the permutations, so p is never 0.

    >>> mos = np.arange(4.0)
    >>> permutation_test([Benchmark(mos, mos**3, mos, np.arange(4))], permutations=99, seed=0)  # one order
    1.0
    >>> opposite = Benchmark(np.arange(20.0), -np.arange(20.0), np.arange(20.0), np.arange(20))
    >>> permutation_test([opposite], permutations=99, seed=0)  # none of 99 is as large
    0.01
    """
    drawn = np.mean(
        [
            (_flipped if benchmark.inside else _permuted)(benchmark, permutations, (seed, number))
            for number, benchmark in enumerate(benchmarks)
        ],
        axis=0,
    )
    first, second = mean_srcc(benchmarks)
    if np.isnan(first - second):
        return float("nan")
    as_large = np.abs(drawn) >= abs(first - second) - ROUNDING
    return float((1 + as_large.sum()) / (1 + permutations))


def _statistic(benchmark: Benchmark) -> Callable[[Weights], Array]:
    if benchmark.inside:
        return benchmark.within.mean
    first, second, mos = (Ranking.of(v) for v in (benchmark.first, benchmark.second, benchmark.mos))
    return lambda weights: np.stack([spearman(first, mos, weights), spearman(second, mos, weights)], axis=1)


def _flipped(benchmark: Benchmark, permutations: int, seed: Sequence[int]) -> Array:
    """(permutations,) differences of SRCC inside contents: swapping a content's scores turns its difference round."""
    gaps = np.subtract(*benchmark.within.figures.T)
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), (permutations, len(gaps)))
    return (signs @ gaps) / max(len(gaps), 1)


def _permuted(benchmark: Benchmark, permutations: int, seed: Sequence[int]) -> Array:
    """(permutations,) differences of SRCC."""
    rng = np.random.default_rng(seed)
    first, second, mos = (rankdata(v) for v in (benchmark.first, benchmark.second, benchmark.mos))
    mos = _unit(mos[None])[0]
    contents = 1 + int(benchmark.codes.max())
    rows = max(1, CHUNK // len(mos))
    gaps = []
    for start in range(0, permutations, rows):
        drawn = rng.integers(0, 2, (min(rows, permutations - start), contents), dtype=bool)
        swapped = drawn.take(benchmark.codes, axis=1)
        pair = np.where(swapped, second, first), np.where(swapped, first, second)
        gaps.append(np.subtract(*(_unit(rankdata(scores, axis=1)) @ mos for scores in pair)))
    return np.concatenate(gaps)


def _unit(ranks: Array) -> Array:
    """Rows less their mean, at unit length; NaN where constant."""
    centered = ranks - ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centered, axis=1, keepdims=True)
    return centered / np.where(length > 0, length, np.nan)
