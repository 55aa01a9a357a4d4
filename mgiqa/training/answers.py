"""Answers to learn from: the strict form with the scores that people gave, and which of its characters may teach.

All attributes are always asked, but no dataset labels all. Where a label is missing the answer still needs a value to
stand there; it is drawn from the labels that other images have, so that it tells nothing about this image, and neither
it nor its reason is learned from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mgiqa.attributes import HIGHEST, KEYS, LOWEST
from mgiqa.dialogue.answer import read_answer, write_answer
from mgiqa.dialogue.wording import WORDS, reasons
from mgiqa.records import Span

_STEP = 0.1
"""Scores to learn from are rounded to this. Finer digits are below the standard error of a panel: learning them would
be learning noise, and most of the loss."""


@dataclass(frozen=True)
class SFTExample:
    """One answer to learn from.

    Attributes:
        text: the answer in the strict form.
        silent: character ranges of ``text`` that are context only.
    """

    text: str
    silent: Sequence[Span]


@dataclass(frozen=True)
class Fillers:
    """What stands where a label is missing.

    Attributes:
        known: attribute → all labels of it; attributes that nobody labels are absent.
    """

    known: Mapping[str, NDArray[np.float64]]

    @classmethod
    def of(cls, labels: NDArray[np.float64]) -> "Fillers":
        """From labels of shape (n, a)."""
        columns = {key: column[np.isfinite(column)] for key, column in zip(KEYS, labels.T, strict=True)}
        return cls({key: column for key, column in columns.items() if len(column)})


def sft_example(labels: NDArray[np.float64], fillers: Fillers, rng: np.random.Generator) -> SFTExample:
    """The answer for one image.

    An attribute that nobody labels repeats the overall score and is learned from, since nothing else would ever teach
    a model to answer it.

    Args:
        labels: (a,) scores of the image, NaN where not labelled; ``overall`` at least, or any other.
        fillers: labels to draw missing ones from.
        rng: source of the draws.
    """
    given = {key: float(label) for key, label in zip(KEYS, labels, strict=True) if np.isfinite(label)}
    drawn = {key: float(rng.choice(column)) for key, column in fillers.known.items()}
    main = given.get("overall", float(np.mean(list(given.values()))))
    scores = {key: given.get(key, drawn.get(key, main)) for key in KEYS}
    scores = {key: min(max(round(score / _STEP) * _STEP, LOWEST), HIGHEST) for key, score in scores.items()}
    text = write_answer(scores, reasons(scores))
    filled = [key for key in KEYS if key not in given and key in fillers.known]
    spans = read_answer(text).spans
    return SFTExample(text, [span for key in filled for span in spans[key]])


def vocabulary() -> list[str]:
    """Answers that hold every sentence and every key at least twice: what the small model's tokenizer is trained on."""
    levels = max(len(words) for words in WORDS.values())
    scores = np.repeat(np.linspace(LOWEST, HIGHEST, levels), 2)
    return [write_answer(every, reasons(every)) for score in scores if (every := dict.fromkeys(KEYS, float(score)))]
