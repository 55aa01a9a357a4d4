"""The whole from its parts: what the scores of the attributes say together of the image.

People judge an image that is spoiled in one way mainly by that way. Impairments of several kinds therefore add up as a
Minkowski sum with an exponent above 1 (H. de Ridder, "Minkowski-metrics as a combination rule for digital-image-coding
impairments", Proc. SPIE 1666, 1992), in which the worst counts most. He measured an exponent of about 2 for small
impairments; the one here, 4, is this project's. Scores of answers are pooled by the mean instead of the sum: it orders
images alike, and stays on the scale.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mgiqa.attributes import ATTRIBUTES, HIGHEST, KEYS, Chosen
from mgiqa.records import Answer

Overall = Literal["direct", "pooled"]
"""How the overall score of a model's answers is read: ``direct``, as they say it, or ``pooled`` with what their scores
of the technical attributes say together. It is a fact of the model, kept in its folder (``mgiqa.models.origin``)."""

EXPONENT = 4.0
"""1 would take the plain mean, infinity the worst. docs/log/2026-11-25-recipe.md tells what 1, 2 and 4 gave."""


def minkowski_mean(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The whole that scores of attributes make together.

        M = 5 - (mean over a of (5 - q[a])^p)^(1/p),   p = ``EXPONENT``

    Args:
        scores: (..., a) up to 5, which is best; at least one; NaN where missing.

    Returns:
        (...) from the worst part to their plain mean; NaN where a part is missing.

    Source: the sum of impairments, de Ridder, 1992; the exponent, and the mean instead of the sum, are this project's.

    >>> minkowski_mean(np.array([[3.0, 3.0, 3.0], [5.0, 5.0, 1.0]])).round(4).tolist()  # 5 - (256 / 3)^(1/4)
    [3.0, 1.9607]
    """
    impairment = HIGHEST - np.asarray(scores, dtype=np.float64)
    return HIGHEST - np.mean(impairment**EXPONENT, axis=-1) ** (1 / EXPONENT)


def parts(number: int) -> list[int]:
    """Columns of what makes up the whole: the technical ones of the project's own attributes; of others all but the
    last, which is ``overall``.

    >>> [KEYS[column] for column in parts(len(KEYS))]
    ['sharpness', 'color', 'noise']
    >>> parts(3)
    [0, 1]
    """
    if number == len(ATTRIBUTES):
        return [column for column, attribute in enumerate(ATTRIBUTES) if attribute.technical]
    return list(range(number - 1))


def pooled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the overall score that an answer says and of what its technical attributes say together.

    An answer that gives one score to everything means that score.

    Args:
        scores: (..., a) with ``overall`` last; NaN where missing.

    Returns:
        (...) in the range of the scores; NaN where one that takes part is missing. Where ``overall`` is the only one it
        stands alone.

    >>> pooled(np.array([5.0, 1.0, 2.0])).round(4).tolist()  # the mean of 2 and of 5 - 128^(1/4)
    1.8182
    >>> pooled(np.array([3.0, 3.0, 3.0])).tolist(), pooled(np.array([3.0])).tolist()
    (3.0, 3.0)
    """
    said, columns = scores[..., -1], parts(scores.shape[-1])
    return (said + minkowski_mean(scores[..., columns])) / 2 if columns else said


def read_overall(scores: NDArray[np.float64], overall: Overall) -> NDArray[np.float64]:
    """Scores (..., a) with ``overall``, the last, as it is to be read; those that are given stay as they are.

    >>> scores = np.array([[3.0, 3.0, 2.0]])
    >>> read_overall(scores, "direct").tolist(), read_overall(scores, "pooled").tolist()
    ([[3.0, 3.0, 2.0]], [[3.0, 3.0, 2.5]])
    """
    if overall == "direct":
        return scores
    read = scores.copy()
    read[..., -1] = pooled(scores)
    return read


def as_read(answer: Answer, overall: Overall) -> Answer:
    """The answer with ``overall`` as it is to be read."""
    if not answer.readable:
        return answer
    scores = read_overall(np.array([answer.scores[key] for key in KEYS]), overall)
    return replace(answer, scores=dict(zip(KEYS, scores.tolist(), strict=True)))


def chosen_labels(labels: NDArray[np.float64], attributes: Chosen) -> NDArray[np.float64]:
    """(n, a) the labels that take part: ``all``, or ``overall`` alone, the last, and NaN for the others.

    >>> chosen_labels(np.array([[3.0, 4.0]]), "overall").tolist()
    [[nan, 4.0]]
    """
    if attributes == "all":
        return labels
    alone = np.full_like(labels, np.nan)
    alone[:, -1] = labels[:, -1]
    return alone
