"""A running average of the weights: steadier than the weights of any one step, and what is kept in the end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mgiqa.training.distributed import laid_out, learning, scatter
from mgiqa.training.weights import read_weights, write_weights

MEAN = "mean.safetensors"


class Averaged(TrainerCallback):
    """Exponential moving average of the weights that learn, over the start and every step since.

    Args:
        model: the model in training.
        decay: 0 is the weights as they are; 0.9 averages over about the last 10 steps.

    Attributes:
        mean: name → average, where the weight itself lies, and shared out as that is; empty with decay 0.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model, self.decay = model, decay
        self.mean: dict[str, torch.Tensor] = {}

    @property
    def weights(self) -> dict[str, nn.Parameter]:
        """Name → weight that learns."""
        return learning(self.model)

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook, called when the weights lie where they will stay: the average begins with them."""
        if self.decay and not self.mean:
            self.mean = {name: weight.detach().clone() for name, weight in self.weights.items()}

    @torch.no_grad()
    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook."""
        decay, weights = min(self.decay, state.global_step / (state.global_step + 1)), self.weights
        for name, mean in self.mean.items():
            mean.lerp_(weights[name].detach(), 1 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Inside the block the model has the averaged weights."""
        weights = self.weights
        kept = {name: weights[name].detach().clone() for name in self.mean}
        self.write(self.mean)
        try:
            yield
        finally:
            self.write(kept)

    def save_state(self, folder: Path) -> None:
        """Writes the average."""
        write_weights(folder / MEAN, self.mean)

    def load_state(self, folder: Path) -> None:
        """Reads the average back, to where the weights lie."""
        weights = self.weights
        mean = read_weights(folder / MEAN, weights if self.decay else ())
        self.mean = {name: laid_out(value, weights[name]) for name, value in mean.items()}

    def write(self, values: Mapping[str, torch.Tensor]) -> None:
        """Gives the model ``values`` as weights."""
        weights = self.weights
        for name, value in values.items():
            scatter(weights[name], value)
