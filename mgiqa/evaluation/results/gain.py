"""What reinforcement learning added: the policy less its warm-up, on the same images and read alike.

Where a score is the mean of few drawn answers, part of a difference is noise of the draws: a warm-up whose answers
differ more from one to the next gains more from averaging (docs/results.md).
"""

from collections.abc import Mapping

import pandas as pd

from mgiqa.attributes import LABEL_OF
from mgiqa.evaluation.results.pairing import pair
from mgiqa.evaluation.results.predictions import scores_of
from mgiqa.metrics.difference import Difference, difference

BEFORE, AFTER = "warmup", "policy"

Gains = Mapping[str, Difference]
"""What is scored (a key of ``LABEL_OF``) → SRCC of the policy less that of the warm-up, mean over datasets."""


def gains(images: pd.DataFrame, resamples: int, seed: int) -> Gains:
    """Compares the two by every score that both gave, with a paired bootstrap and a permutation test over contents.

    Args:
        images: see ``per_image``; empty comes out what one of the models is missing for, or never answered.
        resamples: of both.
        seed: of both.
    """
    models = {name: images[images["model"] == name] for name in (AFTER, BEFORE)}
    pairs = {key: pair(*(scores_of(rows, key) for rows in models.values())).benchmarks() for key in LABEL_OF}
    return {key: difference(list(parts.values()), resamples, seed) for key, parts in pairs.items() if parts}
