"""The registry: every reward that can be trained with, behind one interface. See ``docs/guides/add-a-reward.md``."""

from mgiqa.reward.rewards import (
    exp_l1,
    fixed_variance,
    gaussian,
    l1,
    mg_thurstone,
    mr_iqa_margin,
    probability_average,
    q_insight,
    rank_binary,
    visualquality_r1,
)
from mgiqa.reward.rewards.form import Reward

REWARDS: dict[str, Reward] = {
    "mg_thurstone": mg_thurstone.REWARD,
    "visualquality_r1": visualquality_r1.REWARD,
    "probability_average": probability_average.REWARD,
    "fixed_variance": fixed_variance.REWARD,
    "rank_binary": rank_binary.REWARD,
    "q_insight": q_insight.REWARD,
    "l1": l1.REWARD,
    "exp_l1": exp_l1.REWARD,
    "gaussian": gaussian.REWARD,
    "mr_iqa_margin": mr_iqa_margin.REWARD,
}
