"""The processes of one training: which of them writes, and how weights that they share out are read and written.

A single process is the first of one, and nothing here costs it anything.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list, gather, gather_object
from torch import nn
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor, distribute_tensor

Told = TypeVar("Told")
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


def as_first(mine: Told) -> Told:
    """What the first process found, in all of them; every process must ask."""
    told: Told = broadcast_object_list([mine])[0]
    return told


def any_process(mine: bool) -> bool:
    """Whether it is so in any process; every process must ask."""
    return bool(gather(torch.tensor([mine], device=join().device)).any())


def gathered(mine: list[Told]) -> list[Told]:
    """The lists of all processes, one after the other; every process must ask."""
    lists: list[Told] = gather_object(mine)
    return lists


def named_weights(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Names and weights as they are now: sharing weights out puts other objects in their places.

    What FSDP 2 gathered for a forward pass, and keeps for the next, is given up: what is written there is lost.
    """
    for part in model.modules():
        if isinstance(part, FSDPModule):
            part.reshard()
    return model.named_parameters()


def learning(model: nn.Module) -> dict[str, nn.Parameter]:
    """Name → weight that learns."""
    return {name: weight for name, weight in named_weights(model) if weight.requires_grad}


def is_shared_out(model: nn.Module) -> bool:
    """Whether this process holds but a part of the weights (FSDP 2, ZeRO-3)."""
    return any(isinstance(weight, DTensor) or hasattr(weight, ASIDE) for _, weight in named_weights(model))


def full_tensor(weight: torch.Tensor) -> torch.Tensor:
    """A weight in full; where it is shared out, every process must ask, in the same order, or all wait for ever."""
    with _gathered(weight, writing=False):
        value = weight.detach()
        if isinstance(value, DTensor):
            return value.full_tensor()
        # ZeRO-3 frees what it gathered at the end of this block; a view of it would be empty.
        return value.clone() if hasattr(weight, ASIDE) else value


def gather_full(weights: Iterable[tuple[str, torch.Tensor]]) -> dict[str, torch.Tensor] | None:
    """Named weights in full, on the CPU, in the first process; ``None`` in the others, which must ask all the same.

    One weight after the other, so that no GPU has to hold the whole model.
    """
    first, full_weights = is_first(), {}
    for name, weight in weights:
        full = full_tensor(weight)
        if first:
            full_weights[name] = full.cpu()
    return full_weights if first else None


def laid_out(value: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """A whole ``value`` brought to where ``weight`` lies, and shared out as that is; every process must ask."""
    if isinstance(weight, DTensor) and not isinstance(value, DTensor):
        return distribute_tensor(value.to(weight.device), weight.device_mesh, weight.placements)
    return value.to(weight.device)


@torch.no_grad()
def scatter(weight: torch.Tensor, value: torch.Tensor) -> None:
    """Gives ``weight`` a ``value``, which is whole or laid out as it; every process must call it."""
    with _gathered(weight, writing=True):
        weight.copy_(laid_out(value, weight))


def _gathered(weight: torch.Tensor, writing: bool) -> AbstractContextManager[object]:
    if not hasattr(weight, ASIDE):
        return nullcontext()
    from deepspeed.zero import GatheredParameters

    # With a rank, its values go out to all when the block ends; without one, what is written there is lost.
    gathered: AbstractContextManager[object] = GatheredParameters([weight], modifier_rank=0 if writing else None)
    return gathered
