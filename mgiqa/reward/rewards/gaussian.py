"""A Gaussian of the error, as in TATAR and OmniQuality-R."""

from dataclasses import replace
from math import log, sqrt

import numpy as np

from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import Rated, error, rated
from mgiqa.reward.rewards.form import LEAST_SIGMA, PUBLISHED, Reward
from mgiqa.reward.settings import RewardSettings


def quality(batch: RewardBatch, settings: RewardSettings) -> Rated:
    """``exp(-(q - y)² / (2 s²))``; with ``sigma`` an image without a rater standard deviation cannot be rated.

    Returns:
        Rewards (n, k, a) in [0, 1], higher is better, NaN where the answer gave no score.

    >>> batch = RewardBatch(
    ...     scores=np.array([[[3.0], [3.4]]]),
    ...     labels=np.array([[3.0]]),
    ...     label_std=np.array([[0.5]]),
    ...     domain=np.zeros(1),
    ...     content=np.zeros(1),
    ... )
    >>> quality(batch, REWARD.settings["width"]).quality.ravel().round(4).tolist()
    [1.0, 0.5]
    >>> quality(batch, REWARD.settings["sigma"]).quality.ravel().round(4).tolist()  # exp(-0.8² / 2)
    [1.0, 0.7261]
    """
    if settings.tolerance == "width":
        return rated(batch, np.exp(-0.5 * (error(batch) / settings.width) ** 2))
    sigma = np.maximum(batch.label_std, LEAST_SIGMA)
    plain = rated(batch, np.exp(-0.5 * (error(batch) / sigma[:, None, :]) ** 2))
    return replace(plain, rateable=plain.rateable & np.isfinite(batch.label_std))


_WIDTH = replace(PUBLISHED, reward="gaussian", attributes="overall", width=0.4 / sqrt(2 * log(2)))

REWARD = Reward(
    quality=quality,
    settings={"width": _WIDTH, "sigma": replace(_WIDTH, tolerance="sigma")},
    formula="exp(-(q - y)² / (2 s²)) on the 1-5 scale; s constant, or the standard deviation of the raters",
    source="arXiv 2603.19779; yinwen2019/TATAR@2d3aa85: one half at a tenth of the range (its widening with the error "
    "and its limits of length left out); OmniQuality-R, arXiv 2510.10609, states no width",
    common_scale=True,
)
