"""How a model stands on validation images: its answers to them, read and ranked against what people said."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import read_answer
from mgiqa.metrics.correlation import srcc
from mgiqa.models.load import LoadedModel
from mgiqa.overall import Whole
from mgiqa.progress import advancing
from mgiqa.records import Answer
from mgiqa.scoring.generation import Decoding, generate
from mgiqa.training.data import Material

BATCH = 256
"""Validation answers written together."""
FEWEST = 5
"""Images that a rank correlation needs at least to count."""


@dataclass(frozen=True)
class Standing:
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


def standing(scores: NDArray[np.float64], material: Material) -> Standing:
    """The standing of scores of shape (n, k, a), NaN where an answer could not be read."""
    read = np.isfinite(scores)
    count = read.sum(axis=1)
    means = np.where(count > 0, np.where(read, scores, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
    overall: list[float] = []
    others: list[float] = []
    for name in sorted(set(material.dataset.tolist())):
        for column, key in enumerate(KEYS):
            here = (material.dataset == name) & np.isfinite(material.labels[:, column]) & np.isfinite(means[:, column])
            if here.sum() >= FEWEST:
                found = srcc(means[here, column], material.labels[here, column])
                (overall if key == "overall" else others).append(found if np.isfinite(found) else 0.0)
    return Standing(
        float(np.mean(overall)) if overall else float("nan"),
        float(np.mean(others)) if others else float("nan"),
        float(read[:, :, -1].mean()),
        min(len(np.unique(column[np.isfinite(column)])) for column in means.T),
    )


def validation_answers(
    loaded: LoadedModel, material: Material, decoding: Decoding, whole: Whole = "said"
) -> tuple[list[str], NDArray[np.float64]]:
    """The first of k answers to each image, and the scores of all, shape (n, k, a)."""
    images = [material.image(row) for row in range(len(material))]
    with advancing("answers to validation images", len(images)) as shown:
        answers = generate(loaded, images, decoding, batch=BATCH, advance=shown.by)
    read = [[read_answer(text, whole) for text in texts] for texts in answers]
    scores = [[[one.scores[key] if isinstance(one, Answer) else np.nan for key in KEYS] for one in few] for few in read]
    return [texts[0] for texts in answers], np.array(scores)
