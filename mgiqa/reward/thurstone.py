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
    """Count, mean and unbiased variance over the valid answers of (n, k, a) scores, NaN left out.

    >>> one = group(np.array([[[3.0], [np.nan], [4.0]]]))
    >>> one.count.item(), one.mean.item(), one.variance.item()
    (2, 3.5, 0.5)
    """
    center = mean(scores)
    return Groups(count(scores), np.nan_to_num(center), np.nan_to_num(variance(scores, center)))


def shrunk_variance(groups: Groups, domain: np.ndarray, prior_answers: float, least_std: float) -> np.ndarray:
    """Variances drawn toward the median of their domain: a group of few answers says little about its spread.

        V = max((m · M + (c - 1) · S²) / (m + c - 1), least_std²)

    with S² the group's unbiased variance, c its valid answers, m = ``prior_answers``, and M the median of S² over the
    groups of the domain with at least two valid answers (0 where there is none). A group of one answer takes M.

    Args:
        groups: statistics of the answers, (n, a) each.
        domain: (n,) label scale of each image.
        prior_answers: m, at least 0.
        least_std: floor of the standard deviation, score units.

    Returns:
        (n, a), at least ``least_std²``.

    Source: this project's design.

    >>> pair = group(np.array([[[2.0], [4.0]], [[3.0], [3.0]]]))  # S² is 2 and 0, so M is 1
    >>> shrunk_variance(pair, np.array([0, 0]), prior_answers=1, least_std=0.1).tolist()
    [[1.5], [0.5]]
    >>> shrunk_variance(pair, np.array([0, 1]), prior_answers=1, least_std=0.1).round(4).tolist()
    [[2.0], [0.01]]
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

        p = Phi(gap / sqrt(variance))

    Args:
        gap: score of the one minus mean score of the other; any shape, NaN where one is missing.
        variance: sum of the variances of both, gamma included, at least 0; broadcast against ``gap``. Zero decides by
            the sign of the gap.

    Returns:
        p in [0, 1], above 1/2 where the first is better; NaN where the gap is.

    Source: VisualQuality-R1, arXiv 2505.14460, equation 1.

    >>> preference(np.array([0.0, 1.0, -2.0]), np.array(1.0)).round(4).tolist()
    [0.5, 0.8413, 0.0228]
    >>> preference(np.array([-1e-9, 0.0, 1e-9]), np.array(0.0)).tolist()
    [0.0, 0.5, 1.0]
    """
    return ndtr(gap / np.sqrt(np.maximum(variance, _LEAST_VARIANCE)))


def fidelity(predicted: np.ndarray, target: np.ndarray, epsilon: float = 0.0) -> np.ndarray:
    """How well a predicted preference agrees with the target: 1 where they are equal, 0 where they contradict.

        F = sqrt(p · t) + sqrt((1 - p) · (1 - t))

    Args:
        predicted: p in [0, 1], any shape.
        target: t in [0, 1]; broadcast against ``predicted``.
        epsilon: added inside both roots; the result then exceeds 1 by up to its root.

    Returns:
        F in [0, 1], higher is better.

    Source: Tsai et al., FRank, SIGIR 2007; VisualQuality-R1, arXiv 2505.14460, equation 3. The released code of the
    latter adds 1e-6 inside both roots (TianheWu/VisualQuality-R1@a16dcdb); its paper does not.

    >>> fidelity(np.array([1.0, 0.64, 0.0]), np.array(1.0)).tolist()
    [1.0, 0.8, 0.0]
    >>> fidelity(np.array([0.5, 1.0]), np.array(0.5)).round(4).tolist()
    [1.0, 0.7071]
    """
    if epsilon:
        return np.sqrt(predicted * target + epsilon) + np.sqrt((1 - predicted) * (1 - target) + epsilon)
    # A root of each, since a product of two tiny probabilities would already be 0 inside a common root.
    return np.sqrt(predicted) * np.sqrt(target) + np.sqrt(1 - predicted) * np.sqrt(1 - target)


def hard(gap: np.ndarray, variance: np.ndarray, tie_band: float) -> np.ndarray:
    """The order of two labels: 1 where the first is better, 0 where it is worse, 0.5 where they tie.

        t = 1/2 where |y - y'| <= tie_band · sqrt((s² + s'²) / 2), else (sign(y - y') + 1) / 2

    Args:
        gap: label of the one image minus label of the other, y - y'; any shape.
        variance: sum of both rater variances, s² + s'²; NaN where not known, and then only equal labels tie.
        tie_band: labels tie whose gap is at most this many rater standard deviations (root mean square of both).

    Returns:
        0, 0.5 or 1; NaN where the gap is.

    Source: VisualQuality-R1, arXiv 2505.14460, equation 2, where only equal labels tie; the band is this project's.

    >>> hard(np.array([0.2, 0.0, -3.0]), np.array(np.nan), tie_band=0.25).tolist()
    [1.0, 0.5, 0.0]
    >>> hard(np.array([0.2, 0.3]), np.array(2.0), tie_band=0.25).tolist()
    [0.5, 1.0]
    """
    band = tie_band * np.sqrt(np.nan_to_num(variance, nan=0.0) / 2)
    return np.where(np.abs(gap) <= band, 0.5, (np.sign(gap) + 1) / 2)


def soft(gap: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """``Phi(gap / sqrt(variance))``: how likely a rater prefers the one image. No variance gives the hard target.

    Args:
        gap: label of the one image minus label of the other; any shape.
        variance: sum of both rater variances, at least 0, in the square of the labels' unit.

    Returns:
        In [0, 1]; the same for labels and deviations in any other unit.

    Source: UNIQUE, arXiv 2005.13983; DeQA-Score, arXiv 2501.11561.

    >>> soft(np.array([0.0, 1.0, 0.1]), np.array([1.0, 1.0, 0.0])).round(4).tolist()
    [0.5, 0.8413, 1.0]
    >>> soft(np.array(25.0), np.array(25.0**2)).round(4).tolist()
    0.8413
    """
    return preference(gap, variance)


def target(gap: np.ndarray, variance: np.ndarray, is_soft: np.ndarray, tie_band: float) -> np.ndarray:
    """The soft target where it is asked for and both standard deviations are known, else the hard one.

    Args:
        gap: label of the one image minus label of the other; any shape, and the others broadcast against it.
        variance: sum of both rater variances; NaN where one is not known.
        is_soft: whether a soft target is asked for.
        tie_band: of the hard target.

    Returns:
        In [0, 1]: what the preference should be.

    >>> target(np.array([1.0, 1.0, 1.0]), np.array([1.0, np.nan, 1.0]), np.array([True, True, False]), 0.25).round(4)
    array([0.8413, 1.    , 1.    ])
    """
    return np.where(is_soft & np.isfinite(variance), soft(gap, variance), hard(gap, variance, tie_band))
