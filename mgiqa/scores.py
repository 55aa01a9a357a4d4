"""The table of scores, (n, k, a): n images, k answers to each, a attributes in the order of ``KEYS``; NaN where an
answer could not be read. What is said of an image rests on the answers that could be; those that could not are counted.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mgiqa.attributes import KEYS
from mgiqa.records import Answer

Scores = NDArray[np.float64]


def table_of(answers: Sequence[Sequence[Answer]]) -> Scores:
    """(n, k, a) scores of k answers to each of n images, as they stand in the records.

    >>> from mgiqa.dialogue.answer import read_answer
    >>> table_of([[read_answer("no answer at all")]]).tolist()
    [[[nan, nan, nan, nan, nan]]]
    """
    rows = [[one.scores.get(key, np.nan) for key in KEYS] for few in answers for one in few]
    return np.array(rows, dtype=np.float64).reshape(len(answers), len(answers[0]) if answers else 0, len(KEYS))


def count(scores: Scores) -> NDArray[np.int64]:
    """(n, a) answers that could be read.

    >>> count(np.array([[[3.0], [np.nan], [4.0]]])).tolist()
    [[2]]
    """
    return np.isfinite(scores).sum(axis=1)


def mean(scores: Scores) -> Scores:
    """(n, a) mean over the answers that could be read, of scores (n, k, a); NaN where there is none.

    >>> mean(np.array([[[3.0], [np.nan], [4.0]], [[np.nan], [np.nan], [np.nan]]])).tolist()
    [[3.5], [nan]]
    """
    read = np.isfinite(scores)
    number = read.sum(axis=1)
    return np.where(number > 0, np.where(read, scores, 0.0).sum(axis=1) / np.maximum(number, 1), np.nan)


def variance(scores: Scores, center: Scores | None = None) -> Scores:
    """(n, a) unbiased variance over the answers that could be read; NaN where there are fewer than two.

        S² = Σ (q - mean)² / (c - 1), with c the answers that could be read

    Args:
        scores: (n, k, a).
        center: their ``mean``, where it is known already.

    >>> variance(np.array([[[3.0], [np.nan], [4.0]], [[2.0], [np.nan], [np.nan]]])).tolist()
    [[0.5], [nan]]
    """
    read = np.isfinite(scores)
    number = read.sum(axis=1)
    about = mean(scores) if center is None else center
    squares = np.where(read, scores - about[:, None, :], 0.0) ** 2
    return np.where(number > 1, squares.sum(axis=1) / np.maximum(number - 1, 1), np.nan)


def spread(scores: Scores) -> Scores:
    """(n, a) standard deviation, the root of ``variance``.

    >>> spread(np.array([[[2.0], [4.0], [6.0]]])).tolist()
    [[2.0]]
    """
    return np.sqrt(variance(scores))
