"""Whether the memory that is free now is enough for a training, asked before its first rollout."""

from pathlib import Path

import psutil
import torch

from mgiqa.doctor.fault import Fault
from mgiqa.doctor.memory import CONTEXT, GIB, Need, train_need
from mgiqa.doctor.model import subject_of
from mgiqa.settings import Settings

_SINGLE = 2
"""On a CPU activations and the cache are in single precision, twice what the estimate takes."""


def free_memory() -> tuple[float, str, bool]:
    """Bytes that are free for this process, where, and whether that is a GPU: its own, else the machine's."""
    if torch.cuda.is_available():
        return float(torch.cuda.mem_get_info()[0]), torch.cuda.get_device_name(), True
    return float(psutil.virtual_memory().available), "this machine", False


def model_need(settings: Settings, model: Path) -> Need:
    """What training the model of a folder needs; see ``train_need``."""
    from transformers import AutoConfig

    configuration = AutoConfig.from_pretrained(model, local_files_only=True, trust_remote_code=False)
    subject = subject_of(settings.base, configuration)
    return train_need(settings, subject.sizes, subject.adapter(settings.train.lora_rank))


def room_fault(need: Need, free: float, place: str, on_gpu: bool) -> Fault | None:
    """Says which phase will not find room; nothing where all do.

    Args:
        need: of the training.
        free: bytes.
        place: where these are.
        on_gpu: whether that is a GPU.
    """
    phase, most = max(need.phases.items(), key=lambda item: item[1])
    states = need.total - most - CONTEXT
    peak = states + most + CONTEXT if on_gpu else states + _SINGLE * most
    if peak <= free:
        return None
    ways = {
        "rollout": "Lower train.images or train.answers",
        "update": "Raise train.accumulate",
        "validation": "Lower train.validate_answers or train.max_tokens",
    }
    return Fault(
        "hardware",
        f"train needs about {peak / GIB:.1f} GiB, most of it beside the weights for the {phase}, and "
        f"{free / GIB:.1f} GiB are free on {place}",
        f"{ways[phase]}, or end other programs.",
        stops=False,
    )
