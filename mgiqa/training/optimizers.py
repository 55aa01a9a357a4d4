"""Muon for the matrices of hidden layers and AdamW for the rest, as one optimizer with one learning rate.

A model of a million weights that has a few hundred steps learns several times faster with Muon: in 150 steps of
fine-tuning AdamW learned the form of the answer and little of the image (SRCC .1 to .2), Muon both (.6).
Muon's steps are scaled to the size of AdamW's (Liu et al., arXiv 2502.16982), so the rate means the same for both.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal

import torch
from torch import nn

OptimizerName = Literal["adamw", "muon"]


class MuonAndAdamW(torch.optim.Optimizer):
    """Two optimizers behind the face of one; their parameter groups are shared, so schedules reach both.

    Args:
        matrices: weights of shape (out, in) of hidden layers.
        others: every other weight.
        lr: learning rate.
    """

    def __init__(self, matrices: list[nn.Parameter], others: list[nn.Parameter], lr: float) -> None:
        self.parts: list[torch.optim.Optimizer] = []
        if matrices:
            self.parts.append(torch.optim.Muon(matrices, lr=lr, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"))
        if others:
            self.parts.append(torch.optim.AdamW(others, lr=lr, weight_decay=0.0))
        super().__init__([{"params": [*matrices, *others]}], {"lr": lr})
        self.param_groups = [group for part in self.parts for group in part.param_groups]

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step of each part; there is no closure."""
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """The states of both parts."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The inverse of ``state_dict``."""
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self.param_groups = [group for part in self.parts for group in part.param_groups]


class ChoosesOptimizer:
    """Gives a transformers ``Trainer`` the optimizer that settings name: set ``optimizer_name`` in a subclass."""

    optimizer_name: OptimizerName
    model: nn.Module
    args: Any
    optimizer: torch.optim.Optimizer | None

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """The trainer's hook."""
        if self.optimizer is None:
            self.optimizer = build_optimizer(model or self.model, self.optimizer_name, self.args.learning_rate)
        return self.optimizer


def build_optimizer(model: nn.Module, name: OptimizerName, rate: float) -> torch.optim.Optimizer:
    """An optimizer of the trainable weights of ``model``."""
    weights = [(label, weight) for label, weight in model.named_parameters() if weight.requires_grad]
    if name == "adamw":
        return torch.optim.AdamW([weight for _, weight in weights], lr=rate, weight_decay=0.0)
    matrices = [weight for label, weight in weights if _is_hidden_matrix(label, weight)]
    return MuonAndAdamW(matrices, _without([weight for _, weight in weights], matrices), rate)


def _is_hidden_matrix(label: str, weight: nn.Parameter) -> bool:
    return weight.ndim == 2 and (".layers." in f".{label}" or ".blocks." in f".{label}")


def _without(weights: Iterable[nn.Parameter], left_out: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    known = {id(weight) for weight in left_out}
    return [weight for weight in weights if id(weight) not in known]
