"""Partial correlation: what two variables have in common beyond what others tell of both."""

from collections.abc import Sequence

import numpy as np

from mgiqa.quality.correlation import Array

RESIDUE = 1e-9
"""Share of a variance below which what is left of it is rounding error."""


def partial_correlation(matrix: Array, given: Sequence[int]) -> Array:
    """The correlation of variables 0 and 1 that is left when ``given`` are known.

    Args:
        matrix: (r, m, m) correlation matrices; a partial rank correlation, if they are Spearman's.
        given: indices of the known variables; they may repeat each other.

    Returns:
        (r,) in [-1, 1]; NaN where a variable is constant, or where the known ones determine 0 or 1.
    """
    known = list(given)
    usable = np.isfinite(matrix.sum(axis=(1, 2)))
    full = np.where(usable[:, None, None], matrix, np.eye(matrix.shape[1]))
    across = full[:, :2][:, :, known]
    inverse = np.linalg.pinv(full[:, known][:, :, known], rcond=RESIDUE, hermitian=True)
    left = full[:, :2, :2] - across @ inverse @ across.swapaxes(1, 2)
    variance = left[:, [0, 1], [0, 1]]
    scale = np.sqrt(np.where((variance > RESIDUE) & usable[:, None], variance, np.nan).prod(axis=1))
    return np.clip(left[:, 0, 1] / scale, -1.0, 1.0)
