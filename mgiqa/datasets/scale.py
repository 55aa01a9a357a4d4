"""The declared range and direction of a dataset's opinion scores, and the common 1-5 scale: one affine map, invertible.

Ranking rewards never need it (a target compares images of one dataset); display, warm-up and regression rewards do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mgiqa.attributes import HIGHEST, LOWEST
from mgiqa.errors import DataError


@dataclass(frozen=True)
class Affine:
    """``common = slope * raw + intercept``. A negative slope flips the direction, as for DMOS.

    Attributes:
        slope: change on the common scale per unit of the raw scale; never zero.
        intercept: the common score of raw 0.

    >>> percent = declared(0, 100)
    >>> percent.common([0, 50, 100]).tolist(), percent.raw([1.0, 3.0, 5.0]).tolist()
    ([1.0, 3.0, 5.0], [0.0, 50.0, 100.0])
    >>> percent.common_std(25).item(), percent.raw_std(1.0).item()
    (1.0, 25.0)
    """

    slope: float
    intercept: float

    def common(self, raw: ArrayLike) -> np.ndarray:
        """Opinion scores in the declared scale → the common 1-5 scale, higher is better. NaN stays NaN."""
        return self.slope * np.asarray(raw, dtype=np.float64) + self.intercept

    def raw(self, common: ArrayLike) -> np.ndarray:
        """The inverse of ``common``."""
        return (np.asarray(common, dtype=np.float64) - self.intercept) / self.slope

    def common_std(self, raw_std: ArrayLike) -> np.ndarray:
        """Standard deviations in the declared scale → the common scale, by the same slope without its sign."""
        return abs(self.slope) * np.asarray(raw_std, dtype=np.float64)

    def raw_std(self, common_std: ArrayLike) -> np.ndarray:
        """The inverse of ``common_std``."""
        return np.asarray(common_std, dtype=np.float64) / abs(self.slope)


def declared(lowest: float, highest: float, *, higher_is_better: bool = True) -> Affine:
    """The map that takes a declared range to the common one.

        common = 1 + 4 · (raw - lowest) / (highest - lowest); for difference scores 5 less the same fraction

    Args:
        lowest: lowest score that the scale allows (a fact of the study, never the minimum of a file).
        highest: highest score that the scale allows.
        higher_is_better: False for difference scores (DMOS), whose ``lowest`` becomes 5.

    Returns:
        The map; it takes scores of the declared range to [1, 5], where higher is better.

    Raises:
        DataError: the range is empty or not finite.

    >>> declared(1, 5)
    Affine(slope=1.0, intercept=0.0)
    >>> declared(0, 100, higher_is_better=False).common([0, 25, 100]).tolist()
    [5.0, 4.0, 1.0]
    """
    if not (np.isfinite(lowest) and np.isfinite(highest) and lowest < highest):
        raise DataError(
            f"a score range from {lowest} to {highest} is not a range",
            remedy="Declare two finite numbers, the lower one first.",
        )
    slope = (HIGHEST - LOWEST) / (highest - lowest)
    if higher_is_better:
        return Affine(slope, LOWEST - slope * lowest)
    return Affine(-slope, HIGHEST + slope * lowest)
