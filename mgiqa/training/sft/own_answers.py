"""What a model with words of its own learns the form from: those of its own answers that order images as people do.

A model that was trained on language can reason already, and phrases of a stranger would take that from it. It answers
some training images several times; of each image the answer is taken that agrees best with people, and of these the
better half, evenly from bad to good images. Where none is left, a written example shows what is missing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mgiqa.dialogue.answer import read_answer, write_answer
from mgiqa.models.load import LoadedModel
from mgiqa.records import Answer
from mgiqa.reward.batch import RewardBatch
from mgiqa.reward.pairs import mean_over_partners, pair_fidelity
from mgiqa.reward.settings import RewardSettings
from mgiqa.scores import table_of
from mgiqa.scoring.generation import Decoding
from mgiqa.settings.training import Warmup
from mgiqa.training.data import TrainingData, stratified_rows
from mgiqa.training.distributed import as_first, is_first
from mgiqa.training.validation import shared_validation_answers

PARTS = 5
"""Of a dataset's images, from the worst to the best."""
ANSWERS = "own_answers.json"


@dataclass(frozen=True)
class Taught:
    """One example of the warm-up.

    Attributes:
        row: image of the data.
        text: an answer of the model in the strict form; none where one is written from the labels.
    """

    row: int
    text: str | None = None


def examples_for(
    loaded: LoadedModel, data: TrainingData, settings: Warmup, max_tokens: int, seed: int, work: Path
) -> Sequence[Taught]:
    """What a warm-up teaches: of each image an answer that is written from its labels, or answers of the model."""
    if settings.answers == "written" or not settings.steps:
        return [Taught(row) for row in range(len(data))]
    decoding = Decoding(settings.own_draws, 1.0, seed, max_tokens)
    return own_answers(loaded, data, settings.own_images, decoding, seed, work)


def own_answers(
    loaded: LoadedModel, data: TrainingData, images: int, decoding: Decoding, seed: int, work: Path
) -> list[Taught]:
    """What the model is to learn from its own answers; every process of several must ask, and gets all.

    Args:
        loaded: the model before its warm-up.
        data: images of the training split.
        images: how many it is asked about, evenly over datasets and scores.
        decoding: how it answers.
        seed: of the choice of images.
        work: where its answers are kept, so that a warm-up that was killed does not ask again.
    """
    rows = stratified_rows(data, images, seed)
    kept = work / ANSWERS
    texts = as_first(json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else None)
    if texts is None:
        texts = shared_validation_answers(loaded, data.take(rows), decoding)
        if is_first():
            work.mkdir(parents=True, exist_ok=True)
            draft = kept.with_suffix(".draft")
            draft.write_text(json.dumps(texts), encoding="utf-8")
            draft.replace(kept)
    answers = [[read_answer(text) for text in one] for one in texts]
    return [Taught(int(rows[one.row]), one.text) for one in chosen(answers, data.take(rows))]


def chosen(answers: Sequence[Sequence[Answer]], data: TrainingData) -> list[Taught]:
    """The examples out of k answers to each of n images.

    Args:
        answers: (n, k) read.
        data: the n images.

    Returns:
        Own answers, and written examples for the parts of a dataset that have none; rows are those of ``data``.
    """
    agreement = agreement_with_people(answers, data)
    best = agreement.argmax(axis=1)
    value = agreement.max(axis=1)
    examples: list[Taught] = []
    for name in sorted(set(data.dataset.tolist())):
        members = np.flatnonzero(data.dataset == name)
        order = members[np.argsort(data.main_label[members], kind="stable")]
        parts = [part for part in np.array_split(order, PARTS) if len(part)]
        usable = value[members][np.isfinite(value[members])]
        bar = float(np.median(usable)) if len(usable) else np.inf
        most = max(1, len(members) // (2 * PARTS))
        for part in parts:
            good = [row for row in part[np.argsort(-value[part], kind="stable")] if value[row] >= bar][:most]
            examples += [Taught(int(row), in_strict_form(answers[row][best[row]])) for row in good]
            examples += [Taught(int(row)) for row in part[: most if not good else 0]]
    return examples


def agreement_with_people(answers: Sequence[Sequence[Answer]], data: TrainingData) -> NDArray[np.float64]:
    """(n, k) fidelity of an answer's scores to the order that people gave; −∞ where it cannot be taught.

    The overall score counts as much as all others together, as far as people gave them.
    """
    batch = RewardBatch(
        scores=table_of(answers),
        labels=data.labels,
        label_std=data.label_std,
        domain=data.dataset,
        content=data.content,
        soft=data.soft,
    )
    fidelity = mean_over_partners(batch, RewardSettings(), pair_fidelity).quality
    weight = np.isfinite(fidelity).astype(np.float64)
    weight[..., :-1] /= np.maximum(weight[..., :-1].sum(-1, keepdims=True), 1)
    value = np.nansum(weight * fidelity, axis=-1) / np.maximum(weight.sum(-1), 1e-9)
    usable = np.array([[in_strict_form(one) is not None for one in group] for group in answers])
    return np.where(usable & (weight.sum(-1) > 0), value, -np.inf)


def in_strict_form(answer: Answer) -> str | None:
    """A readable answer as it must be written, in its own words; none where it says nothing of an attribute."""
    if answer.strict:
        return answer.text
    if not answer.readable or not all(said.strip() for said in answer.reasoning.values()):
        return None
    try:
        return write_answer(answer.scores, answer.reasoning)
    except ValueError:
        return None
