"""Means over benchmarks. A figure that is undefined (NaN) makes the mean undefined: nothing is left out in silence."""

import numpy as np
import numpy.typing as npt

NEAREST_TO_ONE = 1 - 1e-6
"""Correlations nearer to ±1 count as this in Fisher's z, where 1 itself is infinite and would decide alone."""


def macro_mean(values: npt.ArrayLike) -> float:
    """The mean over benchmarks, each counting the same; NaN for none.

    >>> round(macro_mean([0.8, 0.6]), 4), macro_mean([0.8, float("nan")])
    (0.7, nan)
    """
    figures = np.asarray(values, dtype=np.float64)
    return float(figures.mean()) if figures.size else float("nan")


def weighted_mean(values: npt.ArrayLike, n: npt.ArrayLike) -> float:
    """The mean over benchmarks, each counting by its ``n`` images; NaN for none.

    >>> round(weighted_mean([0.8, 0.6], [300, 100]), 4)
    0.75
    """
    figures, sizes = np.asarray(values, dtype=np.float64), np.asarray(n, dtype=np.float64)
    return float((figures * sizes).sum() / sizes.sum()) if sizes.sum() > 0 else float("nan")


def fisher_mean(correlations: npt.ArrayLike, n: npt.ArrayLike | None = None) -> float:
    """The mean of correlations by way of Fisher's z = artanh(r), in which their error depends little on r.

    Args:
        correlations: in [-1, 1].
        n: images per benchmark; then each z counts by ``n - 3``, the inverse of its variance (at least 0).

    Returns:
        In (-1, 1); NaN for none, or where no benchmark has more than three images.

    Source: Fisher, Metron, 1921.

    >>> round(fisher_mean([0.8, 0.0]), 4)  # artanh(0.8) = 2 artanh(0.5)
    0.5
    >>> round(fisher_mean([0.8, 0.0], [50, 3]), 4)
    0.8
    """
    z = np.arctanh(np.clip(np.asarray(correlations, dtype=np.float64), -NEAREST_TO_ONE, NEAREST_TO_ONE))
    sizes = np.ones_like(z) if n is None else np.maximum(np.asarray(n, dtype=np.float64) - 3, 0)
    return float(np.tanh(weighted_mean(z, sizes)))
