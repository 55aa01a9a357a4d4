"""Rewards that look at one image alone: the distance of a score from the label, both on the common 1-5 scale."""

import numpy as np

from mgiqa.quality.batch import RewardBatch
from mgiqa.quality.pairing import Rated


def error(batch: RewardBatch) -> np.ndarray:
    """(n, k, a) score minus label; NaN where either is missing."""
    return batch.scores - batch.labels[:, None, :]


def rated(batch: RewardBatch, worth: np.ndarray) -> Rated:
    """(n, k, a) ``worth`` where the answer gave a score; an image can be rated wherever it is labelled."""
    return Rated(np.where(np.isfinite(batch.scores), worth, np.nan), np.isfinite(batch.labels))
