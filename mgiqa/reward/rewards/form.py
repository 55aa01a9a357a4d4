"""The form that every reward has, and what the published trainers have in common: the plain sum of rewards with the
format, normalized by its group.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Rated
from mgiqa.reward.settings import RewardSettings


@dataclass(frozen=True)
class Reward:
    """One way to rate answers.

    Attributes:
        quality: rates every answer of a batch, per attribute.
        settings: named settings, the default one first; each names this reward.
        formula: the reward in one line.
        source: paper, equation, repository and commit.
        common_scale: whether labels must be on the common 1-5 scale. Ranking rewards need no scale in common.
    """

    quality: Callable[[RewardBatch, RewardSettings], Rated]
    settings: Mapping[str, RewardSettings]
    formula: str
    source: str
    common_scale: bool = False


PUBLISHED = RewardSettings(
    overall="direct",
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
