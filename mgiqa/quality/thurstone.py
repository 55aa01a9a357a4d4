"""Thurstone's model of a comparison: an image's answers are draws from a normal distribution, and the image whose draw
is higher looks better.

Source: VisualQuality-R1, arXiv 2505.14460, equation 1; case V (equal variances) of Thurstone, 1927.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

_LEAST_VARIANCE = np.finfo(np.float64).tiny
"""Stands for zero in a division: any gap but zero is then beyond doubt."""


@dataclass(frozen=True)
class Groups:
    """Statistics of the answers that could be read, per image and attribute.

    Attributes:
        count: (n, a) number of valid answers.
        mean: (n, a) their mean; 0 where there is none.
        variance: (n, a) their unbiased variance; 0 where there are fewer than two.
    """

    count: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


def group(scores: np.ndarray) -> Groups:
    """Count, mean and unbiased variance over the valid answers of (n, k, a) scores, NaN left out."""
    valid = np.isfinite(scores)
    count = valid.sum(axis=1)
    mean = np.where(valid, scores, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = np.where(valid, scores - mean[:, None, :], 0.0) ** 2
    return Groups(count, mean, squares.sum(axis=1) / np.maximum(count - 1, 1))


def shrunk_variance(groups: Groups, domain: np.ndarray, prior_answers: float, least_std: float) -> np.ndarray:
    """(n, a) variances drawn toward the median of their domain: small groups say little about their own spread.

    ``max((m * median + (count - 1) * variance) / (m + count - 1), least_std²)`` with ``m = prior_answers``; the median
    is over the groups of one domain with at least two valid answers, 0 where there is none. A group of one answer takes
    the median.
    """
    result = np.zeros_like(groups.variance)
    measured = np.where(groups.count >= 2, groups.variance, np.nan)
    freedom = np.maximum(groups.count - 1, 0)
    for name in np.unique(domain):
        rows = domain == name
        known = np.isfinite(measured[rows]).any(axis=0)
        median = np.zeros(known.shape)
        median[known] = np.nanmedian(measured[rows][:, known], axis=0)
        weight = np.maximum(prior_answers + freedom[rows], 1e-12)
        result[rows] = (prior_answers * median + freedom[rows] * groups.variance[rows]) / weight
    return np.maximum(result, least_std**2)


def preference(gap: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Probability that one image looks better than another.

    Args:
        gap: score of the one minus mean score of the other.
        variance: sum of the variances of both, gamma included. Zero decides by the sign of the gap.
    """
    return ndtr(gap / np.sqrt(np.maximum(variance, _LEAST_VARIANCE)))
