"""The processes of one training: which of them writes, and how weights that they share out are read and written.

A single process is the first of one, and nothing here costs it anything.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext

import torch
from accelerate import PartialState
from torch import nn
from torch.distributed.tensor import DTensor, distribute_tensor

ASIDE = "ds_id"
"""Attribute of a parameter that DeepSpeed ZeRO-3 has shared out; its own data is empty then."""


def join() -> PartialState:
    """Joins the other processes that a launcher has started, if there are any: by NCCL on GPUs, by gloo without."""
    return PartialState(cpu=not torch.cuda.is_available())


def is_first() -> bool:
    """Whether this process is the one that writes and reports."""
    return bool(join().is_main_process)


def wait() -> None:
    """Waits until every process is here."""
    join().wait_for_everyone()


def learning(model: nn.Module) -> dict[str, nn.Parameter]:
    """Name → weight that learns, as it is now: sharing weights out puts other objects in their places."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def is_shared_out(model: nn.Module) -> bool:
    """Whether this process holds but a part of the weights (FSDP 2, ZeRO-3)."""
    return any(isinstance(weight, DTensor) or hasattr(weight, ASIDE) for weight in model.parameters())


def whole(weight: torch.Tensor) -> torch.Tensor:
    """A weight in full; where it is shared out, every process must ask, in the same order."""
    with _gathered(weight, writing=False):
        found = weight.detach()
        if isinstance(found, DTensor):
            return found.full_tensor()
        return found.clone() if hasattr(weight, ASIDE) else found


def whole_on_first(weights: Iterable[tuple[str, torch.Tensor]]) -> dict[str, torch.Tensor] | None:
    """Named weights in full, on the CPU, in the first process; ``None`` in the others, which must ask all the same."""
    first, found = is_first(), {}
    for name, weight in weights:
        full = whole(weight)
        if first:
            found[name] = full.cpu()
    return found if first else None


@torch.no_grad()
def give(weight: torch.Tensor, value: torch.Tensor) -> None:
    """Gives ``weight``, or the part of it that is here, the whole ``value``; every process must call it."""
    if isinstance(weight, DTensor):
        weight.copy_(distribute_tensor(value.to(weight.device), weight.device_mesh, weight.placements))
        return
    with _gathered(weight, writing=True):
        weight.copy_(value)


def _gathered(weight: torch.Tensor, writing: bool) -> AbstractContextManager[object]:
    if not hasattr(weight, ASIDE):
        return nullcontext()
    from deepspeed.zero import GatheredParameters

    gathered: AbstractContextManager[object] = GatheredParameters([weight], modifier_rank=0 if writing else None)
    return gathered
