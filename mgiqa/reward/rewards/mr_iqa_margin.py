"""MR-IQA: the margin between two images, as large as people say."""

from dataclasses import replace

import numpy as np

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Pairs, Rated, mean_over_partners
from mgiqa.reward.rewards.form import LEAST_SIGMA, PUBLISHED, Reward
from mgiqa.reward.settings import RewardSettings


def pair_reward(pairs: Pairs, settings: RewardSettings) -> np.ndarray:
    """A Gaussian of the predicted margin less the human one."""
    sigma = np.maximum(np.sqrt(pairs.label_variance), LEAST_SIGMA)
    tolerance = sigma if settings.tolerance == "sigma" else settings.width
    return np.exp(-0.5 * ((pairs.score - pairs.partner_mean - pairs.label_gap) / tolerance) ** 2)


def quality(batch: RewardBatch, settings: RewardSettings) -> Rated:
    """The mean over partners; with ``sigma`` a pair needs the rater standard deviations of both images.

    Returns:
        Rewards (n, k, a) in [0, 1], higher is better, NaN where the answer gave no score.

    >>> batch = RewardBatch(
    ...     scores=np.array([[[4.0], [2.0]], [[3.0], [3.0]]]),
    ...     labels=np.array([[4.0], [3.0]]),
    ...     label_std=np.array([[0.5], [0.5]]),
    ...     domain=np.zeros(2),
    ...     content=np.arange(2),
    ... )
    >>> settings = replace(REWARD.settings["unit"], min_partners=1)
    >>> quality(batch, settings).quality[..., 0].round(4).tolist()  # z is 0, -2, 1, 1
    [[1.0, 0.1353], [0.6065, 0.6065]]
    """
    return mean_over_partners(batch, settings, pair_reward, needs_std=settings.tolerance == "sigma")


_UNIT = replace(PUBLISHED, reward="mr_iqa_margin", attributes="overall", partners="local", width=1.0)

REWARD = Reward(
    quality=quality,
    settings={"unit": _UNIT, "sigma": replace(_UNIT, tolerance="sigma")},
    formula="mean over partners of exp(-z² / 2), z = ((q - mean) - (y - y')) / t; t = 1 or sqrt(s² + s'²), 1-5 scale",
    source="arXiv 2606.29760; RobinY99/MR-IQA@e6b0125, which takes 1 for a standard deviation that is missing",
    common_scale=True,
)
