"""All that is looked at: settings, model, memory and machine, with every fault that was found."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mgiqa.doctor.accelerators import Accelerator
from mgiqa.doctor.batches import batch_faults
from mgiqa.doctor.counts import count_training
from mgiqa.doctor.datasets import Images, data_faults, images_of, name_faults
from mgiqa.doctor.fault import Fault
from mgiqa.doctor.hardware import Gpu, disk_faults, gpu_faults, gpus
from mgiqa.doctor.hours import Hours, estimate_hours
from mgiqa.doctor.machine import launcher_faults, machine_faults
from mgiqa.doctor.memory import GIB, Need, train_need, warmup_need
from mgiqa.doctor.model import architecture_faults, configuration_of, model_faults, source_faults, subject_of
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

MOST_VALIDATION = 0.1
"""Share of a training that validation may take."""


@dataclass(frozen=True)
class Diagnostics:
    """What was found.

    Attributes:
        model: facts of the model; empty where nothing is known of it.
        needs: stage → memory per GPU, in bytes.
        hours: of the training by phase, where a kind of GPU was named.
        images: of the datasets.
        gpus: of this machine.
        faults: those that stop a run first.
    """

    model: Mapping[str, Any]
    needs: Mapping[str, Need]
    hours: Hours | None
    images: Images
    gpus: tuple[Gpu, ...]
    faults: tuple[Fault, ...]

    @property
    def stopped(self) -> bool:
        """Whether a run would end in one of the faults."""
        return any(fault.stops for fault in self.faults)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; memory in GiB."""
        told = self.hours
        return {
            "model": dict(self.model),
            "memory": {
                stage: {name: round(value / GIB, 3) for name, value in asdict(need).items()}
                | {"total": round(need.total / GIB, 3)}
                for stage, need in self.needs.items()
            },
            "images": asdict(self.images),
            "hours": told and {**told.as_dict(), "share of validation": told.validation_share},
            "gpus": [asdict(gpu) for gpu in self.gpus],
            "faults": [asdict(fault) for fault in self.faults],
        }


def diagnose(
    settings: Settings,
    root: Path,
    *,
    planned: float | None = None,
    gpu: Accelerator | None = None,
    machine: bool = False,
) -> Diagnostics:
    """Examines settings at the real sizes of their model; nothing is fetched, trained or written.

    Args:
        settings: as they would run.
        root: the checkout; its disk is looked at.
        planned: bytes of memory of each GPU of a machine that is elsewhere; otherwise the GPUs here count.
        gpu: the kind of these GPUs, where hours are to be estimated.
        machine: also looks at what is installed here, and whether the datasets are here.
    """
    base, here = settings.base, gpus()
    configuration = configuration_of(base)
    faults = [*batch_faults(settings), *name_faults(settings), *source_faults(base), *launcher_faults(settings, root)]
    unfit = list(architecture_faults(base, configuration))
    facts: dict[str, Any] = {"name": base.model}
    needs: dict[str, Need] = {}
    images, estimate = images_of(settings, Workspace(root)), None
    if not unfit:
        subject = subject_of(base, configuration)
        sizes = subject.sizes
        if settings.warmup.steps:
            needs["warmup"] = warmup_need(settings, sizes, subject.adapter(settings.warmup.lora_rank))
        needs["train"] = train_need(settings, sizes, subject.adapter(settings.train.lora_rank))
        facts |= {
            "class": type(subject.model).__name__,
            "parameters": sizes.parameters,
            "vision": sizes.vision,
            "adapter": subject.adapter(settings.train.lora_rank),
            "image tokens": sizes.image_tokens,
            "sequence": sizes.length(settings.train.max_tokens),
            "side": subject.side,
        }
        if gpu:
            counts = count_training(
                settings, sizes, images.training, min(images.validation, settings.train.validate_images)
            )
            estimate = estimate_hours(settings, sizes, counts, gpu)
            faults += list(_share_faults(estimate))
        faults += model_faults(settings, subject)
        faults += gpu_faults(settings, needs, here, planned)
        faults += disk_faults(settings, subject, root) if planned is None else []
    faults += unfit
    faults += [*machine_faults(), *data_faults(settings, root)] if machine else []
    return Diagnostics(
        facts, needs, estimate, images, tuple(here), tuple(sorted(faults, key=lambda fault: not fault.stops))
    )


def _share_faults(estimate: Hours) -> Iterator[Fault]:
    if estimate.validation_share > MOST_VALIDATION:
        yield Fault(
            "settings",
            f"validation takes about {estimate.validation_share:.0%} of the training, more than a tenth",
            "Raise train.validate_every, or lower train.validate_images.",
            stops=False,
        )
