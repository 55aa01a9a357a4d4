"""Ablation of VisualQuality-R1: the preference averaged over the partner's answers, not over the partner's mean."""

from dataclasses import replace

import numpy as np

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Pairs, Rated, mean_over_partners
from mgiqa.reward.rewards.form import PUBLISHED, Reward
from mgiqa.reward.settings import RewardSettings
from mgiqa.reward.thurstone import fidelity, preference, target


def pair_reward(pairs: Pairs, settings: RewardSettings) -> np.ndarray:
    """Fidelity of the mean preference over each of the partner's answers."""
    wanted = target(pairs.label_gap, pairs.label_variance, pairs.soft, settings.tie_band)
    variance = pairs.variance + settings.gamma
    valid = np.isfinite(pairs.partner_scores)
    total = np.zeros(np.broadcast_shapes(pairs.score.shape, pairs.label_gap.shape))
    for other in range(pairs.partner_scores.shape[2]):
        score = pairs.partner_scores[:, :, other : other + 1]
        total += np.where(valid[:, :, other : other + 1], preference(pairs.score - score, variance), 0.0)
    mean = total / np.maximum(valid.sum(axis=2, keepdims=True), 1)
    return fidelity(np.minimum(mean, 1.0), wanted, settings.fidelity_epsilon)


def quality(batch: RewardBatch, settings: RewardSettings) -> Rated:
    """The mean fidelity over partners, per answer and attribute.

    Returns:
        Rewards (n, k, a) in [0, 1], higher is better, NaN where the answer gave no score.

    >>> batch = RewardBatch(
    ...     scores=np.array([[[3.0], [3.0]], [[1.0], [3.0]]]),
    ...     labels=np.array([[4.0], [3.0]]),
    ...     label_std=np.array([[0.5], [0.5]]),
    ...     domain=np.zeros(2),
    ...     content=np.arange(2),
    ... )
    >>> settings = replace(REWARD.settings["paper"], min_partners=1)
    >>> quality(batch, settings).quality[..., 0].round(4).tolist()  # z is sqrt(2) and 0, then -sqrt(2), then 0
    [[0.843, 0.843], [0.9599, 0.7071]]
    """
    return mean_over_partners(batch, settings, pair_reward)


REWARD = Reward(
    quality=quality,
    settings={"paper": replace(PUBLISHED, reward="probability_average", attributes="overall")},
    formula="the fidelity reward with p = mean over the partner's answers of Phi((q - q') / sqrt(v + v' + gamma))",
    source="arXiv 2505.14460, equation 7",
)
