"""Images are opened while the model learns from those before them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mgiqa.training.data import TrainingData
from mgiqa.training.distributed import join

AHEAD = 2
"""Batches from the one that is learned from to the one that is opened meanwhile: accelerate takes one ahead itself."""


class Prefetch(TrainerCallback):
    """Opens the share of this process of the batches to come.

    Args:
        data: the images.
        batches: rows of every batch of the run, over all processes, each of which takes its part of them in order.
        steps: optimizer steps that a batch lasts for.
    """

    def __init__(self, data: TrainingData, batches: Sequence[NDArray[np.int64]], steps: int = 1) -> None:
        self.data, self.batches, self.steps = data, batches, steps

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook: nothing has been opened yet, also where a run is resumed."""
        self._expect(state.global_step, AHEAD)

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook."""
        self._expect(state.global_step + AHEAD * self.steps, 1)

    def _expect(self, step: int, count: int) -> None:
        number, begun = divmod(step, self.steps)
        if begun or number >= len(self.batches):
            return
        processes = join()
        coming = self.batches[number : number + count]
        shares = [np.array_split(rows, processes.num_processes)[processes.process_index] for rows in coming]
        self.data.expect(np.concatenate(shares))
