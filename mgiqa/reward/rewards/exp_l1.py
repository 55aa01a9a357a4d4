"""Q-Hawkeye: the absolute error, exponentially forgiving."""

from dataclasses import replace

import numpy as np

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Rated, error, rated
from mgiqa.reward.rewards.form import PUBLISHED, Reward
from mgiqa.reward.settings import RewardSettings


def quality(batch: RewardBatch, settings: RewardSettings) -> Rated:
    """``exp(-|q - y| / width)``.

    Returns:
        Rewards (n, k, a) in [0, 1], higher is better, NaN where the answer gave no score.

    >>> batch = RewardBatch(
    ...     scores=np.array([[[3.0], [3.3]]]),
    ...     labels=np.array([[3.0]]),
    ...     label_std=np.array([[0.5]]),
    ...     domain=np.zeros(1),
    ...     content=np.zeros(1),
    ... )
    >>> quality(batch, REWARD.settings["paper"]).quality.ravel().round(4).tolist()
    [1.0, 0.3679]
    """
    return rated(batch, np.exp(-np.abs(error(batch)) / settings.width))


REWARD = Reward(
    quality=quality,
    settings={"paper": replace(PUBLISHED, reward="exp_l1", attributes="overall", width=0.3)},
    formula="exp(-|q - y| / 0.3) on the 1-5 scale",
    source="arXiv 2601.22920; AMAP-ML/Q-Hawkeye@905262f",
    common_scale=True,
)
