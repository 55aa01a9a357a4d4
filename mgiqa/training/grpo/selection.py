"""Which step of a run is kept: the one that ranks the validation images best, never the test images."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mgiqa.models.load import LoadedModel
from mgiqa.overall import Overall
from mgiqa.scoring.generation import Decoding
from mgiqa.training.data import TrainingData
from mgiqa.training.distributed import as_first, wait
from mgiqa.training.grpo.averaging import Averaged
from mgiqa.training.grpo.checkpoints import write_json
from mgiqa.training.validation import (
    ValidationScore,
    read_validation,
    shared_validation_answers,
    validation_score,
)
from mgiqa.training.weights import read_weights, write_weights

_VALIDATION_SCORES = "validation_scores.json"


class Selection(TrainerCallback):
    """Judges the averaged weights every few steps and keeps the best.

    Several processes share out the answers, and the first one judges for all: sums that differ in their last bit must
    not part them.

    Args:
        loaded: the model in training.
        averaged: the average of its weights.
        data: validation images.
        every: steps from one judgement to the next; each is followed by a checkpoint.
        folder: where the best weights are kept.
        decoding: how the answers are drawn.
        overall: how their overall score is read.
        on_validation: called with the step, the figures and the answers, after each judgement.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        averaged: Averaged,
        data: TrainingData,
        *,
        every: int,
        folder: Path,
        decoding: Decoding,
        overall: Overall,
        on_validation: Callable[[int, ValidationScore, Sequence[str]], object] = lambda step, score, texts: None,
    ) -> None:
        self.loaded, self.averaged, self.data = loaded, averaged, data
        self.every, self.folder, self.on_validation = every, folder, on_validation
        self.decoding, self.overall = decoding, overall
        self.scores: dict[int, ValidationScore] = {}

    @property
    def best(self) -> int:
        """The step with the best figures; the earliest of equals. Step 0 is the model at the start."""
        return max(self.scores, key=lambda step: (self.scores[step].score, -step))

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook: judges the model at the start."""
        if not self.scores:
            self._judge(0)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook."""
        if state.global_step % self.every == 0 or state.global_step == state.max_steps:
            self._judge(state.global_step)
            control.should_save = True

    def _judge(self, step: int) -> None:
        with self.averaged.applied():
            answers = shared_validation_answers(self.loaded, self.data, self.decoding)
            scores = read_validation(answers, self.overall)
            self.scores[step] = as_first(validation_score(scores, self.data))
            if self.best == step:
                self._keep(step)
        self.on_validation(step, self.scores[step], [texts[0] for texts in answers])

    def _keep(self, step: int) -> None:
        write_weights(self._path(step), self.averaged.weights)

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
        self.averaged.write(read_weights(self._path(self.best), self.averaged.weights))
        wait()

    def save_state(self, folder: Path) -> None:
        """Writes all validation_scores."""
        content = {str(step): asdict(score) for step, score in self.scores.items()}
        write_json(folder / _VALIDATION_SCORES, content)

    def load_state(self, folder: Path) -> None:
        """Reads them back."""
        content: Mapping[str, Any] = json.loads((folder / _VALIDATION_SCORES).read_text(encoding="utf-8"))
        self.scores = {int(step): ValidationScore(**score) for step, score in content.items()}
