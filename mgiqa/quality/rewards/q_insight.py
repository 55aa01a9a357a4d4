"""Q-Insight: right or wrong, by a threshold on the error."""

from dataclasses import replace

import numpy as np

from mgiqa.quality.batch import RewardBatch
from mgiqa.quality.pairing import Rated
from mgiqa.quality.pointwise import error, rated
from mgiqa.quality.rewards.form import Reward
from mgiqa.quality.rewards.published import PUBLISHED
from mgiqa.quality.settings import RewardSettings


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
