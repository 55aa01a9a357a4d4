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

    Args:
        lowest: lowest score that the scale allows (a fact of the study, never the minimum of a file).
        highest: highest score that the scale allows.
        higher_is_better: False for difference scores (DMOS), whose ``lowest`` becomes 5.

    Raises:
        DataError: the range is empty or not finite.
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
