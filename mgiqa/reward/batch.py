"""What a reward is computed from: the scores read from the answers of one generation batch, beside what people said,
and what became of each: how an answer could be read, and whether an attribute of it has a reward.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from mgiqa.errors import DataError


class AnswerFormat(IntEnum):
    """How an answer could be read."""

    FAILED = 0
    RECOVERED = 1
    STRICT = 2


_FORMAT_REWARD = np.array([0.0, 0.5, 1.0])


def format_reward(formats: np.ndarray) -> np.ndarray:
    """1 for the strict form, 0.5 for one that could be recovered, 0 for one that could not; any shape of states.

    >>> format_reward(np.array([AnswerFormat.STRICT, AnswerFormat.RECOVERED, AnswerFormat.FAILED])).tolist()
    [1.0, 0.5, 0.0]
    """
    return _FORMAT_REWARD[formats]


class State(IntEnum):
    """Whether an attribute of an answer has a reward, and if not, why.

    Attributes:
        LIVE: labelled, comparable and read: it has a reward.
        MASKED: the image has no label or too few partners here: the whole group says nothing of this attribute.
        FAILED: labelled and comparable, but no score could be read.
    """

    LIVE = 0
    MASKED = 1
    FAILED = 2


LIVE, MASKED, FAILED = State.LIVE, State.MASKED, State.FAILED


@dataclass(frozen=True, eq=False)
class RewardBatch:
    """One generation batch, gathered over all processes. A row is one image with its group of ``k`` answers.

    Attributes:
        scores: (n, k, a) score read from each answer, higher is better; NaN where none could be read, and in all of an
            answer that was cut off.
        labels: (n, a) human scores, higher is better, in any scale that is affine within a domain; NaN: not labelled.
        label_std: (n, a) standard deviation over raters in the scale of ``labels``; NaN: not known.
        domain: (n,) label scale that the image was rated on, one per dataset; integers or strings.
        content: (n,) reference or source of the image; integers or strings.
        image: (n,) identity of the image: rows of one image are not compared. Default: every row is another image.
        rank: (n,) process that generated the row, for ``partners="local"``. Default: one process.
        soft: (n, a) whether the target is soft, a fact of the dataset and attribute. Default: True.
        format: (n, k) ``AnswerFormat`` of each answer. Default: strict where all attributes were read, failed where
            none was, recovered between.

    Raises:
        DataError: the shapes do not fit, a number is infinite, a standard deviation is negative, or a format is none.

    >>> scores = np.array([[[3.0, 4.0], [np.nan, 4.0], [np.nan, np.nan]]])  # one image, three answers, two attributes
    >>> unlabelled = np.full((1, 2), np.nan)
    >>> RewardBatch(scores, unlabelled, unlabelled, domain=np.zeros(1), content=np.zeros(1)).formats.tolist()
    [[2, 1, 0]]
    """

    scores: np.ndarray
    labels: np.ndarray
    label_std: np.ndarray
    domain: np.ndarray
    content: np.ndarray
    image: np.ndarray | None = None
    rank: np.ndarray | None = None
    soft: np.ndarray | None = None
    format: np.ndarray | None = None

    def __post_init__(self) -> None:
        scores = np.asarray(self.scores, dtype=np.float64)
        if scores.ndim != 3:
            raise DataError(
                f"scores have the shape {scores.shape}", remedy="Give (images, answers per image, attributes)."
            )
        n, k, a = scores.shape
        object.__setattr__(self, "scores", scores)
        self._take("labels", (n, a), np.float64)
        self._take("label_std", (n, a), np.float64)
        for name in ("domain", "content", "image", "rank"):
            self._take(name, (n,), None)
        self._take("soft", (n, a), np.bool_)
        self._take("format", (n, k), np.int64)
        if np.isinf(scores).any() or np.isinf(self.labels).any() or np.isinf(self.label_std).any():
            raise DataError(
                "a score, a label or a standard deviation is infinite", remedy="Write NaN where it is missing."
            )
        if (self.label_std < 0).any():
            raise DataError(
                f"a standard deviation of raters is negative: {np.nanmin(self.label_std)}",
                remedy="Write NaN where it is not known.",
            )

        if self.format is not None and not np.isin(self.format, list(AnswerFormat)).all():
            raise DataError("a format is none of 0, 1 and 2", remedy="Give values of AnswerFormat.")

    def _take(self, name: str, shape: tuple[int, ...], dtype: type | None) -> None:
        given = getattr(self, name)
        if given is None:
            return
        array = np.asarray(given, dtype=dtype)
        if array.shape != shape:
            raise DataError(f"{name} has the shape {array.shape}", remedy=f"Give {shape}, as the scores ask for.")
        object.__setattr__(self, name, array)

    @property
    def images(self) -> np.ndarray:
        """(n,) identity of each row's image."""
        return np.arange(len(self.scores)) if self.image is None else self.image

    @property
    def ranks(self) -> np.ndarray:
        """(n,) process of each row."""
        return np.zeros(len(self.scores), dtype=np.int64) if self.rank is None else self.rank

    @property
    def softness(self) -> np.ndarray:
        """(n, a) whether each label asks for a soft target."""
        return np.ones(self.labels.shape, dtype=bool) if self.soft is None else self.soft

    @property
    def formats(self) -> np.ndarray:
        """(n, k) format of each answer; an answer without any score failed, whatever was said of its form."""
        read = np.isfinite(self.scores)
        seen = np.where(read.all(axis=2), AnswerFormat.STRICT, AnswerFormat.RECOVERED)
        stated = seen if self.format is None else self.format
        return np.where(read.any(axis=2), stated, AnswerFormat.FAILED)
