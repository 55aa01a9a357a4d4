"""GPUs that a run can be planned for: facts as data, in ``accelerators.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class Accelerator:
    """A kind of GPU.

    Attributes:
        name: what a user types.
        title: what its maker calls it.
        memory: GiB that a program sees.
        compute: TFLOP/s in bfloat16, dense, summed in float32.
        bandwidth: of its memory, GB/s.
        source: of these figures.
    """

    name: str
    title: str
    memory: float
    compute: float
    bandwidth: float
    source: str


@cache
def accelerators() -> Mapping[str, Accelerator]:
    """Name → what is known of it."""
    content = yaml.safe_load(files("mgiqa.doctor").joinpath("accelerators.yaml").read_text(encoding="utf-8"))
    return {name: Accelerator(name, **facts) for name, facts in content.items()}
