"""What to watch while a policy learns: pure figures of one step, per attribute."""

from collections.abc import Mapping

import numpy as np

from mgiqa.attributes import KEYS
from mgiqa.reward.batch import LIVE, MASKED
from mgiqa.reward.scaling import group_spread

MONITORED = (
    "reward",
    "live",
    "masked",
    "unreadable",
    "dead",
    "distinct",
    "spread",
    "image_spread",
    "copy_overall",
)
"""What is watched of every attribute."""


def attribute_names(number: int) -> tuple[str, ...]:
    """Names of ``number`` attributes: the project's own where the number fits, ``overall`` last in any case."""
    if number == len(KEYS):
        return KEYS
    return (*(f"attribute_{index}" for index in range(number - 1)), KEYS[-1])


def step_monitors(scores: np.ndarray, quality: np.ndarray, state: np.ndarray, dead: np.ndarray) -> Mapping[str, float]:
    """All figures of a step as ``<figure>/<attribute>``; NaN where a figure is not defined (nothing live, no spread).

    Args:
        scores: (n, k, a) with NaN for missing.
        quality: (n, k, a) in [0, 1] with NaN unless live.
        state: (n, k, a) of ``mgiqa.reward.batch``.
        dead: (n, a) groups with live answers that teach nothing.

    Returns:
        For each of ``MONITORED`` and each attribute. Shares are in [0, 1]; spreads are in score units.
    """
    figures = {
        "reward": mean_quality(quality),
        "live": share(state, LIVE),
        "masked": share(state, MASKED),
        "unreadable": unreadable(scores),
        "dead": dead_share(state, dead),
        "distinct": distinct_values(scores),
        "spread": answer_spread(scores),
        "image_spread": image_spread(scores),
        "copy_overall": copy_overall(scores),
    }
    names = attribute_names(scores.shape[2])
    return {
        f"{figure}/{name}": float(value)
        for figure, values in figures.items()
        for name, value in zip(names, values, strict=True)
    }


def mean_quality(quality: np.ndarray) -> np.ndarray:
    """(a,) mean reward over live answers."""
    live = np.isfinite(quality)
    return _ratio(np.where(live, quality, 0.0).sum(axis=(0, 1)), live.sum(axis=(0, 1)))


def share(state: np.ndarray, wanted: int) -> np.ndarray:
    """(a,) share of all answers in the state ``wanted``."""
    return (state == wanted).mean(axis=(0, 1))


def unreadable(scores: np.ndarray) -> np.ndarray:
    """(a,) share of the n * k answers asked for that gave no score, labelled or not.

    It does not look at the states: a row needs partners that can be read, so the fewer answers can be read, the more of
    the others are masked rather than failed, up to all of them.

    >>> unreadable(np.array([[[3.0], [np.nan]], [[4.0], [2.0]]])).tolist()
    [0.25]
    """
    return (~np.isfinite(scores)).mean(axis=(0, 1))


def dead_share(state: np.ndarray, dead: np.ndarray) -> np.ndarray:
    """(a,) share of dead groups among those with a live answer."""
    return _ratio(dead.sum(axis=0), (state == LIVE).any(axis=1).sum(axis=0))


def distinct_values(scores: np.ndarray) -> np.ndarray:
    """(a,) number of different scores given, over all answers."""
    return np.array([len(np.unique(column[np.isfinite(column)])) for column in np.moveaxis(scores, 2, 0)], dtype=float)


def answer_spread(scores: np.ndarray) -> np.ndarray:
    """(a,) mean standard deviation inside a group with at least two valid answers: how much answers explore.

    >>> answer_spread(np.array([[[2.0], [4.0], [6.0]], [[3.0], [np.nan], [np.nan]]])).tolist()
    [2.0]
    """
    valid = np.isfinite(scores)
    measured = valid.sum(axis=1) >= 2
    return _ratio(group_spread(scores, valid).sum(axis=0), measured.sum(axis=0))


def image_spread(scores: np.ndarray) -> np.ndarray:
    """(a,) standard deviation over images of the mean score: near 0 every image gets the same answer.

    >>> image_spread(np.array([[[1.0], [3.0]], [[4.0], [4.0]], [[6.0], [np.nan]]])).tolist()  # of the means 2, 4, 6
    [2.0]
    """
    valid = np.isfinite(scores)
    count = valid.sum(axis=1)
    mean = np.where(valid, scores, 0.0).sum(axis=1) / np.maximum(count, 1)
    known = count >= 1
    return np.where(known.sum(axis=0) >= 2, group_spread(mean[None], known[None])[0], np.nan)


def copy_overall(scores: np.ndarray) -> np.ndarray:
    """(a,) correlation (Pearson) of each attribute's score with the overall score over answers that give both.

    It is 1 for ``overall`` itself; near 1 elsewhere the attribute repeats it. NaN without spread in either.

    >>> copy_overall(np.array([[[5.0, 1.0], [4.0, 2.0], [3.0, 3.0]]])).round(4).tolist()
    [-1.0, 1.0]
    """
    return np.array([_correlation(scores[..., column], scores[..., -1]) for column in range(scores.shape[2])])


def _correlation(left: np.ndarray, right: np.ndarray) -> float:
    both = np.isfinite(left) & np.isfinite(right)
    if both.sum() < 2 or np.ptp(left[both]) == 0 or np.ptp(right[both]) == 0:
        return float("nan")
    return float(np.corrcoef(left[both], right[both])[0, 1])


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.where(denominator > 0, numerator / np.maximum(denominator, 1), np.nan)
