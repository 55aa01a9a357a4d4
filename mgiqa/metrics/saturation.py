"""How much of its scale a score uses: scores that pile up at an end no longer tell images apart."""

import numpy as np
import numpy.typing as npt

_NEAR = 0.25
"""Points from an end of the scale that count as near it: a mean of several scores reaches the very end hardly ever."""


def share_near_ends(scores: npt.ArrayLike, lowest: float, highest: float) -> float:
    """Share of scores within ``_NEAR`` of an end of the scale.

    Args:
        scores: (n,) on the scale; what is not finite counts nowhere.
        lowest: end of the scale.
        highest: its other end.

    Returns:
        From 0 to 1, lower is better; NaN without a score.

    >>> share_near_ends([1.0, 1.25, 3.0, 4.7], 1, 5)
    0.5
    """
    values = np.asarray(scores, dtype=np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan")
    return float(((values <= lowest + _NEAR) | (values >= highest - _NEAR)).mean())
