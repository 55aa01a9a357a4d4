"""The form that every reward has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mgiqa.quality.batch import RewardBatch
from mgiqa.quality.pairing import Rated
from mgiqa.quality.settings import RewardSettings


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
