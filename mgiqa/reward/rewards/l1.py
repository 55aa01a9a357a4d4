"""The plain absolute error."""

from dataclasses import replace

import numpy as np

from mgiqa.attributes import HIGHEST, LOWEST
from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Rated, error, rated
from mgiqa.reward.rewards.form import PUBLISHED, Reward
from mgiqa.reward.settings import RewardSettings


def quality(batch: RewardBatch, settings: RewardSettings) -> Rated:
    """``1 - |q - y| / range``: 1 for no error, 0 for an error of the whole range.

    Returns:
        Rewards (n, k, a) in [0, 1], higher is better, NaN where the answer gave no score.

    >>> batch = RewardBatch(
    ...     scores=np.array([[[3.0], [5.0]]]),
    ...     labels=np.array([[3.0]]),
    ...     label_std=np.array([[0.5]]),
    ...     domain=np.zeros(1),
    ...     content=np.zeros(1),
    ... )
    >>> quality(batch, REWARD.settings["plain"]).quality.ravel().tolist()
    [1.0, 0.5]
    """
    return rated(batch, 1 - np.abs(error(batch)) / (HIGHEST - LOWEST))


REWARD = Reward(
    quality=quality,
    settings={"plain": replace(PUBLISHED, reward="l1", attributes="overall")},
    formula="1 - |q - y| / 4 on the 1-5 scale",
    source="the usual regression baseline of reinforcement learning for image quality",
    common_scale=True,
)
