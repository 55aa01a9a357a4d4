"""Ablation of VisualQuality-R1: Thurstone's case V, every variance 1."""

from dataclasses import replace

from mgiqa.reward.rewards import mg_thurstone
from mgiqa.reward.rewards.form import PUBLISHED, Reward

REWARD = Reward(
    quality=mg_thurstone.quality,
    settings={"paper": replace(PUBLISHED, reward="fixed_variance", attributes="overall", variance="fixed")},
    formula="the fidelity reward with p = Phi((q - mean) / sqrt(1 + 1 + gamma))",
    source="arXiv 2505.14460, ablation 'variance fixed to one'",
)
