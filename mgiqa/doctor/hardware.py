"""GPUs, their memory and the disk, against what the settings need."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from mgiqa.doctor.fault import Fault
from mgiqa.doctor.memory import BYTES, GIB, Need
from mgiqa.doctor.model import Subject
from mgiqa.settings import Settings

KEPT_MODELS = 3
"""Base, warm-up and policy; DVC's cache holds each once more, by a link where the file system has them."""
CHECKPOINTS = 2
"""Of a training, each with the state of its optimizer."""


@dataclass(frozen=True)
class Gpu:
    """One GPU; sizes in bytes."""

    name: str
    total: int
    free: int


def gpus() -> list[Gpu]:
    """The GPUs that torch sees here."""
    gpus = []
    for number in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(number)
        gpus.append(Gpu(torch.cuda.get_device_name(number), total, free))
    return gpus


def gpu_faults(settings: Settings, needs: dict[str, Need], here: list[Gpu], planned: float | None) -> Iterator[Fault]:
    """Whether there are GPUs enough, with memory enough.

    Args:
        settings: whose launch and base count.
        needs: stage → memory per GPU.
        here: the GPUs of this machine.
        planned: bytes per GPU of a machine that is elsewhere; then nothing is said of this one.
    """
    wanted = settings.launch.processes // settings.launch.machines
    peak, stage = max((need.total, name) for name, need in needs.items())
    if planned is not None:
        yield from _too_small(settings, peak, stage, planned, f"a GPU of {planned / GIB:.0f} GiB")
    elif settings.base.model == "tiny":
        return
    elif len(here) < wanted:
        yield Fault(
            "hardware",
            f"{_count(wanted)} of at least {peak / GIB:.0f} GiB {'is' if wanted == 1 else 'are'} needed on this "
            f"machine, and {_count(len(here)) if here else 'none'} is here",
            "Run it where they are, or plan for it with --gpu-memory GIB.",
        )
    else:
        smallest = min(here[:wanted], key=lambda gpu: gpu.total)
        yield from _too_small(settings, peak, stage, smallest.total, smallest.name)
        fullest = min(here[:wanted], key=lambda gpu: gpu.free)
        if fullest.free < peak <= smallest.total:
            yield Fault(
                "hardware",
                f"{stage} needs about {peak / GIB:.0f} GiB per GPU, and {fullest.free / GIB:.0f} of "
                f"{fullest.total / GIB:.0f} GiB are free on {fullest.name}",
                "Wait for the other program, or end it.",
            )


def disk_faults(settings: Settings, subject: Subject, folder: Path) -> Iterator[Fault]:
    """Whether the models and checkpoints of a run find room in ``folder``."""
    weights = subject.sizes.parameters * BYTES[settings.base.dtype]
    states = 3 if not settings.train.lora_rank else 1
    needed = weights * (KEPT_MODELS + CHECKPOINTS * states)
    free = shutil.disk_usage(folder).free
    if free < needed:
        yield Fault(
            "hardware",
            f"models and checkpoints take about {needed / GIB:.0f} GiB, and {free / GIB:.0f} GiB are free in {folder}",
            "Make room, or keep the checkout on another disk.",
        )


def _too_small(settings: Settings, peak: float, stage: str, total: float, name: str) -> Iterator[Fault]:
    if peak > total:
        section = getattr(settings, stage)
        ways = [f"raise {stage}.accumulate above {section.accumulate}"]
        ways += ["set launch.engine to fsdp on more GPUs"] if settings.launch.engine in ("local", "ddp") else []
        ways += [f"set {stage}.lora_rank"] if not section.lora_rank else []
        yield Fault(
            "hardware",
            f"{stage} needs about {peak / GIB:.0f} GiB per GPU, and {name} has {total / GIB:.0f} GiB",
            f"To make it smaller: {', or '.join(ways)}.",
        )


def _count(number: int) -> str:
    return "one GPU" if number == 1 else f"{number} GPUs"
