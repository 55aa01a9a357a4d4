"""VisualQuality-R1: the fidelity reward on the overall score, with partners from the same process."""

from dataclasses import replace

from mgiqa.reward.rewards import mg_thurstone
from mgiqa.reward.rewards.form import PUBLISHED, Reward

_PAPER = replace(PUBLISHED, reward="visualquality_r1", attributes="overall", partners="local")

REWARD = Reward(
    quality=mg_thurstone.quality,
    settings={"paper": _PAPER, "code": replace(_PAPER, fidelity_epsilon=1e-6)},
    formula="mean over partners of sqrt(p t) + sqrt((1 - p)(1 - t)), t in {0, 0.5, 1}",
    source="arXiv 2505.14460, equations 1-3; TianheWu/VisualQuality-R1@a16dcdb, which differs by 1e-6 inside the roots "
    "and by a random score for an answer that cannot be read (here such an answer fails)",
)
