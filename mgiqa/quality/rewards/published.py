"""How the published trainers turn rewards into advantages: the plain sum with the format, normalized by its group."""

from mgiqa.quality.settings import RewardSettings

PUBLISHED = RewardSettings(
    whole="said",
    variance="sample",
    gamma=1e-6,
    target="hard",
    tie_band=0.0,
    aggregation="sum",
    advantage_scale="group",
    dead_below=0.0,
    equalize_domains=False,
    format_weight=1.0,
)
"""VisualQuality-R1's values (TianheWu/VisualQuality-R1@a16dcdb): unbiased variance, gamma 1e-6, labels as a hard order,
format added with weight 1, unbiased standard deviation of the group plus 1e-4."""

LEAST_SIGMA = 1e-4
"""Floor of a rater standard deviation that divides, on the 1-5 scale (RobinY99/MR-IQA@e6b0125)."""
