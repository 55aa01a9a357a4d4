"""Q-Hawkeye: the absolute error, exponentially forgiving."""

from dataclasses import replace

import numpy as np

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Rated, error, rated
from mgiqa.reward.rewards.form import PUBLISHED, Reward
from mgiqa.reward.settings import RewardSettings


def quality(batch: RewardBatch, settings: RewardSettings) -> Rated:
    """``exp(-|error| / width)``."""
    return rated(batch, np.exp(-np.abs(error(batch)) / settings.width))


REWARD = Reward(
    quality=quality,
    settings={"paper": replace(PUBLISHED, reward="exp_l1", attributes="overall", width=0.3)},
    formula="exp(-|q - y| / 0.3) on the 1-5 scale",
    source="arXiv 2601.22920; AMAP-ML/Q-Hawkeye@905262f",
    common_scale=True,
)
