"""Thurstone's model of a comparison, what people prefer, and how well the one agrees with the other.

An image's answers are draws from a normal distribution, and the image whose draw is higher looks better: that gives the
predicted preference. The labels of two images give the target, and the fidelity of the two is the reward of a pair.
Labels and standard deviations enter as ratios or by their order alone, so an affine change of a dataset's scale changes
nothing: datasets on different scales train together and no scale is re-aligned.

Sources: preference, VisualQuality-R1, arXiv 2505.14460, equation 1, and case V (equal variances) of Thurstone, 1927;
hard target, VisualQuality-R1, equation 2; soft target, UNIQUE (arXiv 2005.13983) and DeQA-Score (arXiv 2501.11561).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from mgiqa.scores import count, mean, variance

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
    return Groups(count(scores), np.nan_to_num(mean(scores)), np.nan_to_num(variance(scores)))


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


def fidelity(predicted: np.ndarray, target: np.ndarray, epsilon: float = 0.0) -> np.ndarray:
    """``sqrt(p t) + sqrt((1 - p)(1 - t))``: 1 where both agree, 0 where they contradict each other.

    Args:
        predicted: p in [0, 1].
        target: t in [0, 1]; broadcast against ``predicted``.
        epsilon: added inside both roots.

    Source: Tsai et al., FRank, SIGIR 2007; VisualQuality-R1, arXiv 2505.14460, equation 3. The released code of the
    latter adds 1e-6 inside both roots (TianheWu/VisualQuality-R1@a16dcdb); its paper does not.
    """
    if epsilon:
        return np.sqrt(predicted * target + epsilon) + np.sqrt((1 - predicted) * (1 - target) + epsilon)
    return np.sqrt(predicted) * np.sqrt(target) + np.sqrt(1 - predicted) * np.sqrt(1 - target)


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
