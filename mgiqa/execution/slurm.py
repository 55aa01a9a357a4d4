"""A job for Slurm that brings stages up to date: one allocation, in which the stages start their processes."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from mgiqa.errors import SettingsError
from mgiqa.settings.training import Launch


@dataclass(frozen=True)
class Request:
    """What is asked of Slurm beside machines and GPUs, which follow from ``launch``.

    Attributes:
        hours: wall-clock time. A job that is cut short is submitted again and goes on from its last checkpoint.
        cores: CPU cores per process.
        partition, account: as the cluster names them; empty for its defaults.
    """

    hours: float = 24.0
    cores: int = 8
    partition: str = ""
    account: str = ""


WARNING_SECONDS = 300
"""How long before its end a job is told, so that a training can end its step, write a checkpoint and close its run."""


def batch_script(stages: list[str], root: Path, launch: Launch, request: Request) -> str:
    """The text for ``sbatch``.

    Args:
        stages: to bring up to date; none for the whole pipeline.
        root: the checkout, on a file system that all machines see.
        launch: machines and processes.
        request: the rest.

    Raises:
        SettingsError: a name holds what would end a line of the script.
    """
    per_machine = launch.processes // launch.machines
    options = {
        "job-name": "mgiqa",
        "nodes": launch.machines,
        "ntasks-per-node": 1,
        "gpus-per-node": per_machine,
        "cpus-per-task": request.cores * per_machine,
        "time": _clock(request.hours),
        "signal": f"B:INT@{WARNING_SECONDS}",
        "partition": request.partition,
        "account": request.account,
    }
    for name, value in options.items():
        if set(str(value)) & set(" \t\n\"'"):
            raise SettingsError(f"the {name} of the job is {value!r}", remedy="Give it without blanks and quotes.")
    lines = [f"#SBATCH --{name}={value}" for name, value in options.items() if value != ""]
    # Slurm tells the shell of the job alone, and DVC ignores it while a stage runs; the guard hands it on to the stage.
    guard = [sys.executable, "-m", "mgiqa.execution.process_guard"]
    command = shlex.join([*guard, str(Path(sys.executable).with_name("dvc")), "repro", *stages])
    return "\n".join(
        [
            "#!/bin/bash",
            *lines,
            "#SBATCH --open-mode=append",
            "#SBATCH --requeue",
            "set -euo pipefail",
            f"cd {shlex.quote(str(root))}",
            f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"',
            f"exec {command} < /dev/null",
            "",
        ]
    )


def _clock(hours: float) -> str:
    minutes = max(1, round(hours * 60))
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"
