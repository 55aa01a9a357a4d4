"""Which step of a run is kept: the one that ranks the validation images best, never the test images."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import read_answer
from mgiqa.models.loading import LoadedModel
from mgiqa.quality.correlation import srcc
from mgiqa.quality.pooling import Whole
from mgiqa.records import Answer
from mgiqa.scoring.generation import Decoding, generate
from mgiqa.training.averaging import Averaged
from mgiqa.training.material import Material
from mgiqa.training.ranks import wait, whole_on_first

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
    answers = generate(loaded, images, decoding, batch=BATCH)
    read = [[read_answer(text, whole) for text in texts] for texts in answers]
    scores = [[[one.scores[key] if isinstance(one, Answer) else np.nan for key in KEYS] for one in few] for few in read]
    return [texts[0] for texts in answers], np.array(scores)


class Selection(TrainerCallback):
    """Judges the averaged weights every few steps and keeps the best.

    Args:
        loaded: the model in training.
        averaged: the average of its weights.
        material: validation images.
        every: steps from one judgement to the next; each is followed by a checkpoint.
        folder: where the best weights are kept.
        decoding: how the answers are drawn.
        whole: how their overall score is read.
        watch: called with the step, the standing and the answers, after each judgement.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        averaged: Averaged,
        material: Material,
        *,
        every: int,
        folder: Path,
        decoding: Decoding,
        whole: Whole = "said",
        watch: Callable[[int, Standing, Sequence[str]], object] = lambda step, found, texts: None,
    ) -> None:
        self.loaded, self.averaged, self.material = loaded, averaged, material
        self.every, self.folder, self.decoding, self.whole, self.watch = every, folder, decoding, whole, watch
        self.found: dict[int, Standing] = {}

    @property
    def best(self) -> int:
        """The step with the best standing; the earliest of equals. Step 0 is the model at the start."""
        return max(self.found, key=lambda step: (self.found[step].score, -step))

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook: judges the model at the start."""
        if not self.found:
            self._judge(0)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook."""
        if state.global_step % self.every == 0 or state.global_step == state.max_steps:
            self._judge(state.global_step)
            control.should_save = True

    def _judge(self, step: int) -> None:
        with self.averaged.applied():
            texts, scores = validation_answers(self.loaded, self.material, self.decoding, self.whole)
            self.found[step] = standing(scores, self.material)
            if self.best == step:
                self._keep(step)
        self.watch(step, self.found[step], texts)

    def _keep(self, step: int) -> None:
        weights = whole_on_first(self.averaged.weights.items())
        if weights is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = self.folder / ".draft"
            save_file({name: weight.contiguous() for name, weight in weights.items()}, draft)
            draft.rename(self._path(step))

    def _path(self, step: int) -> Path:
        return self.folder / f"step-{step}.safetensors"

    def clean(self, step: int) -> None:
        """Removes kept weights that are no longer the best, once the checkpoint of ``step`` says so."""
        for path in self.folder.glob("step-*.safetensors"):
            if path != self._path(self.best):
                path.unlink()

    def apply_best(self) -> None:
        """Gives the model the weights of the best step, in every process."""
        wait()
        self.averaged.write(load_file(self._path(self.best)))
        wait()

    def save_state(self, folder: Path) -> None:
        """Writes all standings."""
        content = {str(step): asdict(found) for step, found in self.found.items()}
        (folder / "standings.json").write_text(json.dumps(content), encoding="utf-8")

    def load_state(self, folder: Path) -> None:
        """Reads them back."""
        content: Mapping[str, Any] = json.loads((folder / "standings.json").read_text(encoding="utf-8"))
        self.found = {int(step): Standing(**found) for step, found in content.items()}
