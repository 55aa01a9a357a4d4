"""A running average of the weights: steadier than the weights of any one step, and what is kept in the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mgiqa.training.ranks import give, learning


class Averaged(TrainerCallback):
    """Exponential moving average of the trainable weights, from the first step on.

    Args:
        model: the model in training.
        decay: 0 is the weights as they are; 0.9 averages over about the last 10 steps.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model, self.decay = model, decay
        self.mean = {name: weight.detach().clone() for name, weight in self.weights.items()} if decay else {}

    @property
    def weights(self) -> dict[str, nn.Parameter]:
        """Name → weight that learns."""
        return learning(self.model)

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
        held = {name: weights[name].detach().clone() for name in self.mean}
        self.write(self.mean)
        try:
            yield
        finally:
            self.write(held)

    def save_state(self, folder: Path) -> None:
        """Writes the average."""
        save_file(self.mean, folder / "mean.safetensors")

    def load_state(self, folder: Path) -> None:
        """Reads the average back."""
        self.mean = load_file(folder / "mean.safetensors")

    def write(self, values: dict[str, torch.Tensor]) -> None:
        """Gives the model ``values`` as weights."""
        weights = self.weights
        for name, value in values.items():
            give(weights[name], value)
