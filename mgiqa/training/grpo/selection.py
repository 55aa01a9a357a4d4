"""Which step of a run is kept: the one that ranks the validation images best, never the test images."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mgiqa.models.load import LoadedModel
from mgiqa.overall import Whole
from mgiqa.scoring.generation import Decoding
from mgiqa.training.data import Material
from mgiqa.training.distributed import as_first, wait
from mgiqa.training.grpo.averaging import Averaged
from mgiqa.training.grpo.checkpoints import write_json
from mgiqa.training.validation import Standing, standing, validation_answers
from mgiqa.training.weights import read_weights, write_weights

STANDINGS = "standings.json"


class Selection(TrainerCallback):
    """Judges the averaged weights every few steps and keeps the best.

    Of several processes the first one judges for all: sums that differ in their last bit must not part them.

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
            self.found[step] = as_first(standing(scores, self.material))
            if self.best == step:
                self._keep(step)
        self.watch(step, self.found[step], texts)

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
        """Writes all standings."""
        content = {str(step): asdict(found) for step, found in self.found.items()}
        write_json(folder / STANDINGS, content)

    def load_state(self, folder: Path) -> None:
        """Reads them back."""
        content: Mapping[str, Any] = json.loads((folder / STANDINGS).read_text(encoding="utf-8"))
        self.found = {int(step): Standing(**found) for step, found in content.items()}
