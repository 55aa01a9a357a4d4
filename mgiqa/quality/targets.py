"""What people prefer: the probability that one of two images is better, from the labels of both.

Labels and standard deviations enter as ratios or by their order alone, so an affine change of a dataset's scale changes
nothing: datasets on different scales train together and no scale is re-aligned.
Sources: hard, VisualQuality-R1 (arXiv 2505.14460) equation 2; soft, UNIQUE (arXiv 2005.13983) and DeQA-Score
(arXiv 2501.11561).
"""

import numpy as np

from mgiqa.quality.thurstone import preference


def hard(gap: np.ndarray, variance: np.ndarray, tie_band: float) -> np.ndarray:
    """1, 0.5 or 0.

    Args:
        gap: label of the one image minus label of the other.
        variance: sum of both rater variances; NaN where not known, and then only equal labels tie.
        tie_band: labels tie whose gap is at most this many rater standard deviations (root mean square of both).
    """
    band = tie_band * np.sqrt(np.nan_to_num(variance, nan=0.0) / 2)
    return np.where(np.abs(gap) <= band, 0.5, (np.sign(gap) + 1) / 2)


def soft(gap: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """``Phi(gap / sqrt(variance))``: how likely a rater prefers the one image. No variance gives the hard target."""
    return preference(gap, variance)


def target(gap: np.ndarray, variance: np.ndarray, is_soft: np.ndarray, tie_band: float) -> np.ndarray:
    """The soft target where it is asked for and both standard deviations are known, else the hard one."""
    return np.where(is_soft & np.isfinite(variance), soft(gap, variance), hard(gap, variance, tie_band))
