"""Q-Insight: right or wrong, by a threshold on the error."""

from dataclasses import replace

import numpy as np

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Rated, error, rated
from mgiqa.reward.rewards.form import PUBLISHED, Reward
from mgiqa.reward.settings import RewardSettings


def quality(batch: RewardBatch, settings: RewardSettings) -> Rated:
    """1 where the error is below ``settings.threshold``, else 0."""
    return rated(batch, (np.abs(error(batch)) < settings.threshold).astype(np.float64))


REWARD = Reward(
    quality=quality,
    settings={"paper": replace(PUBLISHED, reward="q_insight", attributes="overall", threshold=0.35)},
    formula="1[|q - y| < 0.35] on the 1-5 scale",
    source="arXiv 2503.22679, score reward; bytedance/Q-Insight@08308fd",
    common_scale=True,
)
