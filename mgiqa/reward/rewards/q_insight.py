"""Q-Insight: right or wrong, by a threshold on the error."""

from dataclasses import replace

import numpy as np

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Rated, error, rated
from mgiqa.reward.rewards.form import PUBLISHED, Reward
from mgiqa.reward.settings import RewardSettings


def quality(batch: RewardBatch, settings: RewardSettings) -> Rated:
    """1 where the error is below ``settings.threshold``, else 0.

    Returns:
        Rewards (n, k, a) in [0, 1], higher is better, NaN where the answer gave no score.

    >>> batch = RewardBatch(
    ...     scores=np.array([[[3.0], [3.4]]]),
    ...     labels=np.array([[3.0]]),
    ...     label_std=np.array([[0.5]]),
    ...     domain=np.zeros(1),
    ...     content=np.zeros(1),
    ... )
    >>> quality(batch, REWARD.settings["paper"]).quality.ravel().tolist()
    [1.0, 0.0]
    """
    return rated(batch, (np.abs(error(batch)) < settings.threshold).astype(np.float64))


REWARD = Reward(
    quality=quality,
    settings={"paper": replace(PUBLISHED, reward="q_insight", attributes="overall", threshold=0.35)},
    formula="1[|q - y| < 0.35] on the 1-5 scale",
    source="arXiv 2503.22679, score reward; bytedance/Q-Insight@08308fd",
    common_scale=True,
)
