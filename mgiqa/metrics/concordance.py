"""Pairs of images that a score puts in the order of the human scores: Kendall's tau-b and pairwise accuracy.

Counting the concordant pairs of every bootstrap resample would cost O(n²) each. Here the images are laid on a grid of
blocks by the rank of the score and of the human score. Pairs in different rows and columns of the grid are counted by
running sums over its cells; the others lie in one block of few images, where a matrix product counts them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from mgiqa.metrics.correlation import Array, Index, Weights

BLOCK = 128
"""Images per block; about the square root of the largest benchmarks, where blocks and cells cost alike."""


@dataclass(frozen=True)
class PairCounts:
    """Weighted counts of unordered pairs, one per weighting: (r,) each.

    Attributes:
        total: all pairs.
        concordant: pairs that both variables put in the same order.
        tied_first: pairs that the first variable ties.
        tied_second: pairs that the second variable ties.
        tied_both: pairs that both tie.

    >>> x, y = np.array([1.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0])
    >>> pairs = ConcordantPairs(x, y).count(np.ones((1, 3), dtype=np.int32))
    >>> pairs.total.item(), pairs.concordant.item(), pairs.discordant.item(), pairs.tied_first.item()
    (3.0, 2.0, 0.0, 1.0)
    >>> round(pairs.tau_b.item(), 4), round(pairs.accuracy.item(), 4)  # 2 / sqrt(2 · 3), and 2.5 / 3
    (0.8165, 0.8333)
    """

    total: Array
    concordant: Array
    tied_first: Array
    tied_second: Array
    tied_both: Array

    @property
    def discordant(self) -> Array:
        return self.total - self.tied_first - self.tied_second + self.tied_both - self.concordant

    @property
    def tau_b(self) -> Array:
        """Kendall's tau-b (KRCC) in [-1, 1]; NaN where a variable is constant.

            tau = (concordant - discordant) / sqrt((total - tied_first) (total - tied_second))

        Source: Kendall, Biometrika, 1945.
        """
        untied = (self.total - self.tied_first) * (self.total - self.tied_second)
        return (self.concordant - self.discordant) / np.sqrt(np.where(untied > 0, untied, np.nan))

    @property
    def accuracy(self) -> Array:
        """Share, in [0, 1], of the pairs untied in the second variable (MOS) that the first (the score) puts in the
        same order; a tie in the score counts one half. NaN where the second variable is constant.
        """
        told = self.total - self.tied_second
        half = 0.5 * (self.tied_first - self.tied_both)
        return (self.concordant + half) / np.where(told > 0, told, np.nan)


class ConcordantPairs:
    """Counts the pairs of two variables of n values under many weightings at once."""

    def __init__(self, first: Array, second: Array) -> None:
        """Takes two variables (n,), all finite."""
        one, two = _dense(first), _dense(second)
        self._ties = [_Groups(one), _Groups(two), _Groups(one * len(two) + two)]
        # Ties are broken against each other, so that a tied pair is never concordant in the two strict orders.
        by_first = np.lexsort((-two, one))
        place = _inverse(by_first)
        by_second = np.lexsort((-place, two))
        place_second = _inverse(by_second)
        row = place // BLOCK
        self._rows = _Blocks(by_first, lambda i, j: place_second[i] < place_second[j])
        self._columns = _Blocks(by_second, lambda i, j: row[i] < row[j])
        self._side = 1 + int(row.max(initial=0))
        self._cells = _Groups(row * self._side + place_second // BLOCK)

    def count(self, weights: Weights) -> PairCounts:
        """Counts pairs under ``weights`` (r, n), where an image of multiplicity w stands for w equal images."""
        total = weights.sum(axis=1).astype(np.float64)
        return PairCounts(
            total * (total - 1) / 2,
            self._rows.count(weights) + self._columns.count(weights) + self._across(weights),
            *((np.square(tied.sums(weights), dtype=np.float64).sum(axis=1) - total) / 2 for tied in self._ties),
        )

    def _across(self, weights: Weights) -> Array:
        """Concordant pairs in different rows and different columns of the grid."""
        cells = np.zeros((len(weights), self._side**2), dtype=np.float32)
        cells[:, self._cells.codes] = self._cells.sums(weights)
        grid = cells.reshape(-1, self._side, self._side)
        later = np.tri(self._side, k=-1, dtype=np.float32)
        earlier_rows, later_columns = later @ grid, grid @ later
        return np.einsum("rij,rij->r", earlier_rows.astype(np.float64), later_columns.astype(np.float64))


class _Groups:
    """Sums weights over the images that share a code; ``codes`` are those that occur, ascending."""

    def __init__(self, codes: Index) -> None:
        self._order = np.argsort(codes, kind="stable")
        self.codes, self._starts = np.unique(codes[self._order], return_index=True)

    def sums(self, weights: Weights) -> Weights:
        ordered = weights.take(self._order, axis=1)
        return ordered if len(self._starts) == len(self._order) else np.add.reduceat(ordered, self._starts, axis=1)


class _Blocks:
    """Counts the pairs i before j inside blocks of consecutive images of ``order`` for which ``holds(i, j)``."""

    def __init__(self, order: Index, holds) -> None:  # type: ignore[no-untyped-def]
        n = len(order)
        self._blocks = -(-n // BLOCK)
        self._order = np.concatenate([order, np.zeros(self._blocks * BLOCK - n, dtype=np.intp)])
        grid = self._order.reshape(self._blocks, BLOCK)
        real = (np.arange(self._blocks * BLOCK) < n).reshape(self._blocks, BLOCK)
        self._kernel = np.triu(holds(grid[:, :, None], grid[:, None, :]) & real[:, None, :], k=1).astype(np.float32)

    def count(self, weights: Weights) -> Array:
        padded = weights.take(self._order, axis=1).astype(np.float32)
        blocks = padded.reshape(len(weights), self._blocks, BLOCK).swapaxes(0, 1)
        # Single precision is exact here: a block holds fewer pairs than 2²⁴, and blocks are added in double precision.
        return np.einsum("brn,brn->br", blocks @ self._kernel, blocks).sum(axis=0, dtype=np.float64)


def _inverse(order: Index) -> Index:
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return place


def _dense(values: Array) -> Index:
    return np.unique(values, return_inverse=True)[1]


def weighted_accuracy(predicted: Array, mos: Array, std: Array, rows: int = 256) -> float:
    """Pairwise accuracy in which a pair counts as much as raters tell it apart.

    With ``p = Phi((y_i - y_j) / sqrt(s_i² + s_j²))`` the chance that a rater prefers i (Thurstone's case III), a pair
    weighs ``|2p - 1|``. The result is how often the score agrees with a rater's own choice, brought linearly from
    [chance, the best that any score can do] to [0.5, 1]. A tie in the score counts one half.

    Args:
        predicted: (n,) finite scores.
        mos: (n,) finite human scores.
        std: (n,) standard deviation of the raters on the scale of ``mos``, at least 0.
        rows: images compared with all others at a time, which bounds memory.

    Returns:
        In [0, 1]; NaN where raters tell no pair apart.

    >>> x, mos = np.array([1.0, 3.0, 2.0]), np.array([1.0, 2.0, 4.0])
    >>> round(weighted_accuracy(x, mos, np.zeros(3)), 4)  # two of three pairs
    0.6667
    >>> round(weighted_accuracy(x, mos, np.full(3, 0.5**0.5)), 4)  # weights 0.6827, 0.9973 and, wrong, 0.9545
    0.6377
    """
    agreed = certain = 0.0
    for start in range(0, len(mos), rows):
        here, there = slice(start, start + rows), slice(start, None)
        gap = mos[here, None] - mos[None, there]
        noise = np.sqrt(std[here, None] ** 2 + std[None, there] ** 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(gap == 0, 0.0, 2 * ndtr(np.abs(gap) / noise) - 1)
        weight = np.triu(weight, k=1)
        order = np.sign(predicted[here, None] - predicted[None, there]) * np.sign(gap)
        agreed += float((weight * (1 + order)).sum()) / 2
        certain += float(weight.sum())
    return agreed / certain if certain > 0 else float("nan")
