"""What a few runs with different seeds say: a mean, its interval, and the paired difference of two ways to train."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student


@dataclass(frozen=True)
class SeedMean:
    """A mean over runs.

    Attributes:
        mean: NaN without a run.
        low, high: Student's interval; NaN with fewer than two runs.
        runs: that the mean is of.
    """

    mean: float
    low: float
    high: float
    runs: int

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of 0; False where there is none."""
        return self.low > 0 or self.high < 0


def seed_mean(values: ArrayLike, level: float = 0.95) -> SeedMean:
    """Mean of a figure over seeds, with Student's interval.

        mean ± t(level, n - 1) · s / √n,   s² = Σ (x - mean)² / (n - 1)

    Args:
        values: (n,) one figure per run; NaN where a run has none, and such runs are left out.
        level: coverage of the interval, in (0, 1).

    Returns:
        The mean; without an interval for n < 2, and with one of no width if all values are equal.

    Source:
        Student, Biometrika 1908. It takes the figure to be about normal over seeds. A percentile bootstrap of three to
        ten runs is narrower than it says: it draws from the runs alone, and knows nothing of how few they are.

    >>> round(seed_mean([1.0, 2.0, 3.0]).high, 3)
    4.484
    """
    defined: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    defined = defined[np.isfinite(defined)]
    count = len(defined)
    if count == 0:
        return SeedMean(np.nan, np.nan, np.nan, 0)
    mean = float(defined.mean())
    if count == 1:
        return SeedMean(mean, np.nan, np.nan, 1)
    half = float(student.ppf((1 + level) / 2, count - 1) * defined.std(ddof=1) / np.sqrt(count))
    return SeedMean(mean, mean - half, mean + half, count)


def paired_difference(first: Sequence[float], second: Sequence[float], level: float = 0.95) -> SeedMean:
    """Mean of ``first - second`` over seeds, with Student's interval of the differences.

    Runs of one seed share splits, base and order of images, so what a seed does to both cancels.

    Args:
        first: (n,) a figure of one way to train, seed by seed.
        second: (n,) of the other, in the same order of seeds; NaN in either leaves the seed out.
        level: coverage of the interval, in (0, 1).

    Raises:
        ValueError: the two are not of the same length.

    >>> gain = paired_difference([0.62, 0.64, 0.66], [0.61, 0.62, 0.63])  # 0.01, 0.02, 0.03
    >>> round(gain.mean, 4), gain.excludes_zero  # 0.02 ± 4.303 · 0.01 / sqrt(3)
    (0.02, False)
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} runs cannot be paired")
    return seed_mean(np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64), level)
