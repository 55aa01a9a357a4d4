"""MG-IQA: for every attribute, the fidelity between Thurstone's preference and people's."""

from dataclasses import replace

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Rated, mean_over_partners, pair_fidelity
from mgiqa.reward.rewards.form import PUBLISHED, Reward
from mgiqa.reward.settings import RewardSettings


def quality(batch: RewardBatch, settings: RewardSettings) -> Rated:
    """The mean fidelity over partners, per answer and attribute.

    Returns:
        Rewards (n, k, a) in [0, 1], higher is better, NaN where the answer gave no score.

    >>> import numpy as np
    >>> batch = RewardBatch(
    ...     scores=np.array([[[4.0], [2.0]], [[3.0], [3.0]]]),
    ...     labels=np.array([[4.0], [3.0]]),
    ...     label_std=np.array([[0.5], [0.5]]),
    ...     domain=np.zeros(2),
    ...     content=np.arange(2),
    ... )
    >>> settings = replace(REWARD.settings["parity"], min_partners=1)
    >>> quality(batch, settings).quality[..., 0].round(4).tolist()  # p is Phi(±1 / sqrt(2)), 1/2, 1/2
    [[0.8719, 0.4896], [0.7071, 0.7071]]
    """
    return mean_over_partners(batch, settings, pair_fidelity)


REWARD = Reward(
    quality=quality,
    settings={
        "recommended": RewardSettings(),
        "shrunk": RewardSettings(variance="shrunk", floor=0.25),
        "parity": replace(PUBLISHED, reward="mg_thurstone"),
    },
    formula="mean over partners of sqrt(p t) + sqrt((1 - p)(1 - t)), per attribute",
    source="MG-IQA, arXiv 2604.09704 (abstract); its reward extends VisualQuality-R1, arXiv 2505.14460, equations 1-3",
)
