"""Which images of a batch are compared, and the mean of a comparison over an image's partners; or, for rewards that
look at one image alone, the distance of a score from the label on the common 1-5 scale.

Partners share the domain, are labelled, have at least two valid answers and show another image. Work goes domain by
domain and in blocks, so memory stays bounded whatever the size of the batch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.settings import RewardSettings
from mgiqa.reward.thurstone import Groups, fidelity, group, preference, shrunk_variance, target

_BLOCK = 1 << 17
"""Elements of one block: its temporaries stay in the cache of one core."""


@dataclass(frozen=True)
class Pairs:
    """A block of comparisons, ready to broadcast to (images i, partners j, answers k, attributes a).

    Attributes:
        score: (i, 1, k, a) of the image's answer; NaN: missing.
        partner_scores: (1, j, k, a) of the partner's answers; NaN: missing.
        partner_mean: (1, j, 1, a) mean over the partner's valid answers.
        variance: (i, j, 1, a) sum of both groups' variances.
        label_gap: (i, j, 1, a) label of the image minus label of the partner; NaN: not labelled.
        label_variance: (i, j, 1, a) sum of both rater variances; NaN: not known.
        soft: (i, j, 1, a) whether a soft target is asked for.
    """

    score: np.ndarray
    partner_scores: np.ndarray
    partner_mean: np.ndarray
    variance: np.ndarray
    label_gap: np.ndarray
    label_variance: np.ndarray
    soft: np.ndarray


PairReward = Callable[[Pairs, RewardSettings], np.ndarray]
"""What a comparison is worth, (i, j, k, a) in [0, 1]."""


@dataclass(frozen=True)
class Rated:
    """What a reward says of every answer.

    Attributes:
        quality: (n, k, a) reward in [0, 1]; NaN where the answer gave no score.
        rateable: (n, a) whether the attribute of the image can be rewarded at all.
    """

    quality: np.ndarray
    rateable: np.ndarray


def mean_over_partners(
    batch: RewardBatch, settings: RewardSettings, pair_reward: PairReward, *, needs_std: bool = False
) -> Rated:
    """The mean of ``pair_reward`` over the partners of every answer.

        r[i, k, a] = mean over partners j of pair_reward(answer k of image i, image j, attribute a)

    Args:
        batch: scores and labels.
        settings: which images may be partners, and how variances are estimated.
        pair_reward: worth of one comparison.
        needs_std: leaves out pairs in which a rater standard deviation is missing.

    Returns:
        The rewards. An attribute of an image with fewer than ``settings.min_partners`` partners is not rateable.

    Source: VisualQuality-R1, arXiv 2505.14460, equation 3, whose partners are all other images.

    >>> batch = RewardBatch(
    ...     scores=np.array([[[4.0], [2.0]], [[3.0], [3.0]]]),
    ...     labels=np.array([[4.0], [3.0]]),
    ...     label_std=np.full((2, 1), np.nan),
    ...     domain=np.zeros(2),
    ...     content=np.arange(2),
    ... )
    >>> above = mean_over_partners(
    ...     batch, RewardSettings(min_partners=1), lambda pairs, _: (pairs.score > pairs.partner_mean).astype(float)
    ... )
    >>> above.quality[..., 0].tolist(), above.rateable[:, 0].tolist()
    ([[1.0, 0.0], [0.0, 0.0]], [True, True])
    """
    groups = group(batch.scores)
    variance = group_variance(groups, batch, settings)
    labelled = np.isfinite(batch.labels)
    known = labelled & (np.isfinite(batch.label_std) | (not needs_std))
    # A partner of one answer has no variance of its own, and its mean is one draw.
    eligible = known & (groups.count >= 2)
    total = np.zeros_like(batch.scores)
    count = np.zeros(batch.labels.shape, dtype=np.int64)
    for rows, columns in blocks(batch, settings):
        partners = comparable(batch, settings, rows, columns)[:, :, None] & eligible[columns] & known[rows][:, None, :]
        worth = pair_reward(_pairs(batch, settings, groups, variance, rows, columns), settings)
        total[rows] = np.where(partners[:, :, None, :], worth, 0.0).sum(axis=1)
        count[rows] = partners.sum(axis=1)
    mean = total / np.maximum(count, 1)[:, None, :]
    return Rated(np.where(np.isfinite(batch.scores), mean, np.nan), known & (count >= settings.min_partners))


def group_variance(groups: Groups, batch: RewardBatch, settings: RewardSettings) -> np.ndarray:
    """(n, a) variance of each group's answers by the estimate that the settings choose.

    >>> one = group(np.array([[[2.0], [4.0]]]))
    >>> [group_variance(one, None, RewardSettings(variance=name)).item() for name in ("fixed", "sample")]
    [1.0, 2.0]
    """
    if settings.variance == "fixed":
        return np.ones_like(groups.variance)
    if settings.variance == "sample":
        return groups.variance
    return shrunk_variance(groups, batch.domain, settings.prior_answers, settings.least_std)


def comparable(batch: RewardBatch, settings: RewardSettings, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(rows, columns) whether two images of the batch may be compared, labels and answers aside."""

    def same(values: np.ndarray) -> np.ndarray:
        return values[rows][:, None] == values[columns][None, :]

    allowed = ~same(batch.images)
    if not settings.across_domains:
        allowed &= same(batch.domain)
    if settings.partners == "local":
        allowed &= same(_processes(batch, settings))
    if settings.content != "any":
        allowed &= same(batch.content) == (settings.content == "same")
    return allowed


def _processes(batch: RewardBatch, settings: RewardSettings) -> np.ndarray:
    """(n,) the process that holds each image, or would hold it under ``local_images``."""
    return np.arange(len(batch.domain)) // settings.local_images if settings.local_images else batch.ranks


def blocks(batch: RewardBatch, settings: RewardSettings) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows and the columns that they may be compared with, each pair of index arrays at most ``_BLOCK`` elements."""
    _, k, a = batch.scores.shape
    pool = np.zeros(len(batch.domain)) if settings.across_domains else batch.domain
    for name in np.unique(pool):
        members = np.flatnonzero(pool == name)
        step = max(1, _BLOCK // max(1, len(members) * k * a))
        for start in range(0, len(members), step):
            yield members[start : start + step], members


def _pairs(
    batch: RewardBatch,
    settings: RewardSettings,
    groups: Groups,
    variance: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
) -> Pairs:
    def crossed(combine: np.ufunc, values: np.ndarray) -> np.ndarray:
        return combine(values[rows][:, None, None, :], values[columns][None, :, None, :])

    softness = (
        batch.softness if settings.target == "declared" else np.full(batch.labels.shape, settings.target == "soft")
    )
    return Pairs(
        score=batch.scores[rows][:, None],
        partner_scores=batch.scores[columns][None],
        partner_mean=groups.mean[columns][None, :, None, :],
        variance=crossed(np.add, variance),
        label_gap=crossed(np.subtract, batch.labels),
        label_variance=crossed(np.add, batch.label_std**2),
        soft=crossed(np.logical_and, softness),
    )


def pair_fidelity(pairs: Pairs, settings: RewardSettings) -> np.ndarray:
    """Fidelity of one answer's preference over the mean of the partner's answers."""
    wanted = target(pairs.label_gap, pairs.label_variance, pairs.soft, settings.tie_band)
    predicted = preference(pairs.score - pairs.partner_mean, pairs.variance + settings.gamma)
    return fidelity(predicted, wanted, settings.fidelity_epsilon)


def error(batch: RewardBatch) -> np.ndarray:
    """(n, k, a) score minus label, both on the common 1-5 scale; NaN where either is missing."""
    return batch.scores - batch.labels[:, None, :]


def rated(batch: RewardBatch, worth: np.ndarray) -> Rated:
    """(n, k, a) ``worth`` where the answer gave a score; an image can be rated wherever it is labelled."""
    return Rated(np.where(np.isfinite(batch.scores), worth, np.nan), np.isfinite(batch.labels))
