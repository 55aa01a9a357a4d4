"""How warm-up and training are started: in one process, or in several through ``accelerate launch``."""

from typing import Literal, Self

from pydantic import Field, model_validator

from mgiqa.settings.section import Section


class Launch(Section):
    """One process per GPU. ``images`` and ``batch`` of the stages count over all processes, whatever their number."""

    engine: Literal["local", "ddp", "fsdp", "zero3"] = "local"
    """``local`` is one process. ``ddp`` gives every process a whole copy of the model; ``fsdp`` (FSDP 2) and ``zero3``
    (DeepSpeed) give each a part of weights, gradients and optimizer. Each is a file in ``launch/``."""
    processes: int = Field(1, ge=1)
    """Over all machines."""
    machines: int = Field(1, ge=1)
    """More than one needs an allocation of Slurm: see ``mgiqa slurm``."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.engine == "local") != (self.processes == 1):
            raise ValueError(f"engine {self.engine} does not go with {self.processes} processes; local is for one")
        if self.processes % self.machines:
            raise ValueError(f"{self.processes} processes cannot be shared evenly by {self.machines} machines")
        return self
