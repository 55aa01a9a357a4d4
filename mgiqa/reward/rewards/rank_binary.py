"""Ablation of VisualQuality-R1: right order or not."""

from dataclasses import replace

import numpy as np

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Pairs, Rated, mean_over_partners
from mgiqa.reward.rewards.form import PUBLISHED, Reward
from mgiqa.reward.settings import RewardSettings

EQUAL = 1e-9
"""Scores closer than this are equal: a mean of decimals is exact to about 1e-15 only."""


def pair_reward(pairs: Pairs, settings: RewardSettings) -> np.ndarray:
    """1 where the score lies on that side of the partner's mean on which the label lies of the partner's label."""
    gap = pairs.score - pairs.partner_mean
    order = np.where(np.abs(gap) < EQUAL, 0.0, np.sign(gap))
    return (order == np.sign(pairs.label_gap)).astype(np.float64)


def quality(batch: RewardBatch, settings: RewardSettings) -> Rated:
    """The share of partners that an answer orders rightly, per attribute.

    Returns:
        Rewards (n, k, a) in [0, 1], higher is better, NaN where the answer gave no score.

    >>> batch = RewardBatch(
    ...     scores=np.array([[[4.0], [2.0]], [[3.0], [3.0]]]),
    ...     labels=np.array([[4.0], [3.0]]),
    ...     label_std=np.array([[0.5], [0.5]]),
    ...     domain=np.zeros(2),
    ...     content=np.arange(2),
    ... )
    >>> settings = replace(REWARD.settings["paper"], min_partners=1)
    >>> quality(batch, settings).quality[..., 0].round(4).tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    return mean_over_partners(batch, settings, pair_reward)


REWARD = Reward(
    quality=quality,
    settings={"paper": replace(PUBLISHED, reward="rank_binary", attributes="overall")},
    formula="mean over partners of 1[sign(q - mean) = sign(y - y')]",
    source="arXiv 2505.14460, ablation 'binary reward'",
)
