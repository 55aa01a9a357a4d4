"""Q-Hawkeye: the absolute error, exponentially forgiving."""

from dataclasses import replace

import numpy as np

from mgiqa.quality.batch import RewardBatch
from mgiqa.quality.pairing import Rated
from mgiqa.quality.pointwise import error, rated
from mgiqa.quality.rewards.form import Reward
from mgiqa.quality.rewards.published import PUBLISHED
from mgiqa.quality.settings import RewardSettings


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
