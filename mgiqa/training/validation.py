"""How a model does on validation images: its answers to them, read and ranked against what people said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mgiqa.attributes import KEYS
from mgiqa.cores import usable_cores
from mgiqa.dialogue.answer import read_answer
from mgiqa.images.loader import OPENERS
from mgiqa.metrics.correlation import srcc
from mgiqa.models.load import LoadedModel
from mgiqa.overall import Overall, read_overall
from mgiqa.parallel import in_parallel
from mgiqa.progress import progress_bar
from mgiqa.scores import mean, table_of
from mgiqa.scoring.generation import Decoding, generate
from mgiqa.training.data import TrainingData
from mgiqa.training.distributed import any_process, gathered, is_shared_out, join

_TOGETHER = 64
"""Validation images that are answered together, at most."""
FEWEST = 5
"""Images that a rank correlation needs at least to count."""


@dataclass(frozen=True)
class ValidationScore:
    """How a model does on validation images, by the mean score of its answers to each.

    Attributes:
        overall: mean over datasets of the SRCC of the overall score.
        attributes: mean over datasets and attributes of the SRCC of the other scores; NaN if none is labelled.
        parsed: share of answers that could be read.
        distinct: fewest different scores of any attribute.
    """

    overall: float
    attributes: float
    parsed: float
    distinct: int

    @property
    def score(self) -> float:
        """What is compared: overall and attributes alike, unreadable answers subtracted."""
        parts = [part for part in (self.overall, self.attributes) if np.isfinite(part)]
        return float(np.mean(parts)) - (1 - self.parsed) if parts else -1.0


def validation_score(scores: NDArray[np.float64], data: TrainingData) -> ValidationScore:
    """The figures of scores of shape (n, k, a), NaN where an answer could not be read."""
    means = mean(scores)
    overall: list[float] = []
    others: list[float] = []
    for name in sorted(set(data.dataset.tolist())):
        for column, key in enumerate(KEYS):
            here = (data.dataset == name) & np.isfinite(data.labels[:, column]) & np.isfinite(means[:, column])
            if here.sum() >= FEWEST:
                rank = srcc(means[here, column], data.labels[here, column])
                (overall if key == "overall" else others).append(rank if np.isfinite(rank) else 0.0)
    return ValidationScore(
        float(np.mean(overall)) if overall else float("nan"),
        float(np.mean(others)) if others else float("nan"),
        float(np.isfinite(scores[:, :, -1]).mean()),
        min(len(np.unique(column[np.isfinite(column)])) for column in means.T),
    )


def validation_answers(
    loaded: LoadedModel, data: TrainingData, decoding: Decoding, goes_on: Callable[[bool], bool] = bool
) -> list[list[str]]:
    """The k answers to each of n images; ``goes_on`` as in ``generate``."""
    with progress_bar("answers to validation images", len(data)) as shown:
        images = in_parallel(data.image, range(len(data)), min(OPENERS, usable_cores()))
        return generate(
            loaded, images, decoding, batch=_TOGETHER * decoding.answers, progress=shown.by, goes_on=goes_on
        )


def shared_validation_answers(loaded: LoadedModel, data: TrainingData, decoding: Decoding) -> list[list[str]]:
    """``validation_answers``, to which every process writes its share; each of them must ask, and gets all."""
    goes_on = any_process if is_shared_out(loaded.model) else bool
    processes, count = join(), len(data)
    # Where there are fewer images than processes, some are answered twice, so that no process has none.
    rows = np.arange(processes.process_index, max(count, processes.num_processes), processes.num_processes) % count
    written = dict(
        gathered(list(zip(rows.tolist(), validation_answers(loaded, data.take(rows), decoding, goes_on), strict=True)))
    )
    return [written[row] for row in range(count)]


def read_validation(answers: Sequence[Sequence[str]], overall: Overall) -> NDArray[np.float64]:
    """The scores of n × k answers, shape (n, k, a), with ``overall`` as it is to be read."""
    return read_overall(table_of([[read_answer(text) for text in texts] for texts in answers]), overall)
