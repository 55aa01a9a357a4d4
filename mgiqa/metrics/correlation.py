"""Correlation under weights: Pearson's, and Spearman's by mid-ranks that are sorted once and never again.

A bootstrap resample is a vector of multiplicities, one per image. Every statistic here takes such weights, many at a
time, so that one definition gives both the figure and its interval, and no resample needs a sort.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Weights = npt.NDArray[np.int32]
"""(r, n): how often each of n images counts, in each of r weightings."""

FEW_DIGITS = 1e-6
"""A variance this small beside the variance of all values has lost half its digits in a one-pass formula."""


@dataclass(frozen=True)
class Ranking:
    """The order of one variable, from which mid-ranks under any weights follow by one running sum.

    Attributes:
        order: (n,) indices that sort the values.
        below: (n,) how many values are smaller than each.
        upto: (n,) how many values are smaller than or equal to each.
    """

    order: Index
    below: Index
    upto: Index

    @classmethod
    def of(cls, values: Array) -> "Ranking":
        """Sorts ``values`` (n,), all finite.

        >>> ranking = Ranking.of(np.array([10.0, 30.0, 10.0]))
        >>> ranking.below.tolist(), ranking.upto.tolist()
        ([0, 2, 0], [2, 3, 2])
        """
        order = np.argsort(values, kind="stable")
        ordered = values[order]
        return cls(order, np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right"))

    def centered(self, weights: Weights) -> Array:
        """Twice the mid-rank of each value less its mean, under each weighting ``weights`` (r, n).

        A value has as many images below it as the running sum holds before its ties, and as many up to it as the sum
        holds after them; its mid-rank is their mean plus 1/2. Twice that is an integer, so nothing is rounded.

        Returns:
            (r, n), exact integers.

        >>> Ranking.of(np.array([10.0, 30.0, 20.0])).centered(np.array([[1, 1, 1], [2, 1, 0]], dtype=np.int32)).tolist()
        [[-2.0, 2.0, 0.0], [-1.0, 2.0, 1.0]]
        """
        running = np.zeros((len(weights), weights.shape[1] + 1), dtype=np.int32)
        np.cumsum(weights.take(self.order, axis=1), axis=1, out=running[:, 1:])
        ranks = running.take(self.below, axis=1)
        ranks += running.take(self.upto, axis=1)
        ranks -= running[:, -1:]
        return ranks.astype(np.float64)


def spearman(first: Ranking, second: Ranking, weights: Weights) -> Array:
    """Spearman's rank correlation with mid-ranks for ties (SRCC), in [-1, 1].

    Args:
        first: ranking of n values.
        second: ranking of n values.
        weights: (r, n) multiplicities.

    Returns:
        (r,), NaN where a variable is constant.

    Source: Spearman, American Journal of Psychology, 1904: Pearson's correlation of the ranks.

    >>> x, y = Ranking.of(np.array([1.0, 2.0, 3.0, 4.0])), Ranking.of(np.array([1.0, 3.0, 2.0, 4.0]))
    >>> spearman(x, y, np.array([[1, 1, 1, 1], [1, 1, 0, 1]], dtype=np.int32)).round(4).tolist()
    [0.8, 1.0]
    """
    return correlations([first, second], weights)[:, 0, 1]


def srcc(first: Array, second: Array) -> float:
    """SRCC of two variables (n,) over the images where both are finite; NaN where one is constant there.

    >>> round(srcc(np.array([1.0, 2.0, 3.0, 4.0, np.nan]), np.array([1.0, 3.0, 2.0, 4.0, 5.0])), 4)  # 1 - 6 · 2 / 60
    0.8
    >>> round(srcc(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])), 4)  # ranks 1.5, 1.5, 3
    0.866
    """
    both = np.isfinite(first) & np.isfinite(second)
    rankings = Ranking.of(first[both]), Ranking.of(second[both])
    return float(spearman(*rankings, np.ones((1, int(both.sum())), dtype=np.int32))[0])


def correlations(rankings: list[Ranking], weights: Weights) -> Array:
    """Spearman's correlation of every pair of m variables: (r, m, m) for ``weights`` (r, n); NaN where constant.

    >>> rising, falling = Ranking.of(np.array([1.0, 2.0, 3.0])), Ranking.of(np.array([9.0, 5.0, 1.0]))
    >>> correlations([rising, falling], np.ones((1, 3), dtype=np.int32)).round(4).tolist()
    [[[1.0, -1.0], [-1.0, 1.0]]]
    """
    ranks = [ranking.centered(weights) for ranking in rankings]
    products = np.empty((len(weights), len(ranks), len(ranks)))
    for i, first in enumerate(ranks):
        weighted = first * weights
        for j, second in enumerate(ranks[: i + 1]):
            products[:, i, j] = products[:, j, i] = np.einsum("rn,rn->r", weighted, second)
    return _normalized(products)


class Linear:
    """Pearson's linear correlation (PLCC) of m variables with one, from moments that are prepared once.

        r = (E[xy] - E[x] E[y]) / sqrt((E[x²] - E[x]²) (E[y²] - E[y]²))

    One matrix product gives the moments of all resamples. The differences lose digits where a resample hardly varies;
    those few are computed again in two passes.

    >>> linear = Linear(np.array([[1.0, 2.0, 4.0]]), np.array([1.0, 2.0, 3.0]))
    >>> linear.correlate(np.array([[1, 1, 1], [1, 2, 0], [3, 0, 0]], dtype=np.int32)).round(4).tolist()
    [[0.982], [1.0], [nan]]
    """

    def __init__(self, first: Array, second: Array) -> None:
        """Takes m variables (m, n) and the one (n,) that they are correlated with, all finite."""
        self._x = np.stack([_standardized(one) for one in first])
        self._y = _standardized(second)
        self._moments = np.stack([*self._x, *self._x**2, *(self._x * self._y), self._y, self._y**2], axis=1)

    def correlate(self, weights: Weights) -> Array:
        """The correlations (r, m), in [-1, 1], under each of ``weights`` (r, n); NaN where a variable is constant."""
        m = len(self._x)
        moments = (weights @ self._moments / weights.sum(axis=1)[:, None]).T
        x, y = moments[:m], moments[3 * m]
        products = np.empty((m, len(weights), 2, 2))
        products[:, :, 0, 0] = moments[m : 2 * m] - x**2
        products[:, :, 1, 1] = moments[3 * m + 1] - y**2
        products[:, :, 0, 1] = products[:, :, 1, 0] = moments[2 * m : 3 * m] - x * y
        imprecise = (products[:, :, 0, 0] < FEW_DIGITS) | (products[:, :, 1, 1] < FEW_DIGITS)
        for variable, row in zip(*np.nonzero(imprecise), strict=True):
            products[variable, row] = _two_pass(self._x[variable], self._y, weights[row])
        return np.stack([_normalized(of)[:, 0, 1] for of in products], axis=1)


def _standardized(values: Array) -> Array:
    if values.size == 0:  # a model without one readable answer
        return values
    largest = np.abs(values).max(initial=0.0)
    scaled = values / largest if largest > 0 else values
    centered = scaled - scaled.mean()
    spread = centered.std()
    return centered / spread if spread > 0 else centered


def _two_pass(x: Array, y: Array, weights: Weights) -> Array:
    drawn = np.stack([x, y])[:, weights > 0]
    weights = weights[weights > 0]
    constant = np.ptp(drawn, axis=1) == 0
    drawn = drawn - (drawn @ weights / weights.sum())[:, None]
    drawn[constant] = 0.0
    return (drawn * weights) @ drawn.T / weights.sum()


def _normalized(products: Array) -> Array:
    """Covariances (r, m, m) to correlations; NaN where a variance is 0."""
    variance = np.diagonal(products, axis1=1, axis2=2)
    scale = np.sqrt(np.where(variance > 0, variance, np.nan))
    return np.clip(products / scale[:, :, None] / scale[:, None, :], -1.0, 1.0)


RESIDUE = 1e-9
"""Share of a variance below which what is left of it is rounding error."""


def partial_correlation(matrix: Array, given: Sequence[int]) -> Array:
    """The correlation of variables 0 and 1 that is left when ``given`` are known.

        r(0, 1 | 2) = (r01 - r02 · r12) / sqrt((1 - r02²) (1 - r12²)), and the like for several by the Schur complement

    Args:
        matrix: (r, m, m) correlation matrices; a partial rank correlation, if they are Spearman's.
        given: indices of the known variables; they may repeat each other.

    Returns:
        (r,) in [-1, 1]; NaN where a variable is constant, or where the known ones determine 0 or 1.

    >>> matrix = np.array([[[1.0, 0.5, 0.6], [0.5, 1.0, 0.6], [0.6, 0.6, 1.0]]])
    >>> partial_correlation(matrix, [2]).round(4).tolist()  # (0.5 - 0.36) / 0.64
    [0.2188]
    >>> partial_correlation(matrix, [1]).tolist()  # 1 is known
    [nan]
    """
    known = list(given)
    usable = np.isfinite(matrix.sum(axis=(1, 2)))
    full = np.where(usable[:, None, None], matrix, np.eye(matrix.shape[1]))
    across = full[:, :2][:, :, known]
    # Known variables that repeat each other leave no inverse; the pseudo-inverse counts them once.
    inverse = np.linalg.pinv(full[:, known][:, :, known], rcond=RESIDUE, hermitian=True)
    left = full[:, :2, :2] - across @ inverse @ across.swapaxes(1, 2)
    variance = left[:, [0, 1], [0, 1]]
    scale = np.sqrt(np.where((variance > RESIDUE) & usable[:, None], variance, np.nan).prod(axis=1))
    return np.clip(left[:, 0, 1] / scale, -1.0, 1.0)
