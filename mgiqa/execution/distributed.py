"""One stage in several processes, started by accelerate; each is ``python -m mgiqa.execution.worker STAGE ROOT``.

The first process does what a single one would do: it checks the inputs, records the run and writes the result. The
others only learn along (``run_worker`` of the stage's module). All this happens inside the one command of the DVC
stage.
"""

import os
import shlex
import sys
from pathlib import Path

from mgiqa.errors import MissingInput, SettingsError, StageError
from mgiqa.execution.process_guard import guarded
from mgiqa.settings.training import Launch
from mgiqa.workspace import Workspace

PORT = 29_501
"""Where the processes of several machines meet, on the first; on one machine a free port is found."""


def started() -> bool:
    """Whether this process is one of several that a launcher has started."""
    return "LOCAL_RANK" in os.environ


def run_distributed(name: str, workspace: Workspace, launch: Launch) -> None:
    """Runs a stage in ``launch.processes`` processes and waits for their end.

    Raises:
        SettingsError: several machines are asked for outside an allocation of Slurm.
        MissingInput: the file of the engine is not there.
        StageError: one of the processes failed; what it said stands in the output.
    """
    engine = _engine(workspace.root, launch)
    if not engine.is_file():
        raise MissingInput(
            f"launch.engine is {launch.engine}, and {engine} is not there",
            remedy="Take the folder launch/ from the repository.",
        )
    sys.stdout.flush()
    command = launch_command(name, workspace.root, launch)
    with guarded(command, workspace.root, os.environ, stdout=sys.stdout) as process:
        status = process.wait()
    if status:
        raise StageError(
            f"{name} ended with status {status} in its {launch.processes} processes",
            remedy="What they said stands above; a line that begins with mgiqa: is the reason.",
        )


def launch_command(name: str, root: Path, launch: Launch) -> list[str]:
    """The command that starts all processes of a stage.

    On several machines Slurm starts one launcher on each, which learns its number from Slurm.
    """
    accelerate = [
        sys.executable, "-m", "accelerate.commands.launch",
        f"--config_file={_engine(root, launch)}",
        f"--num_processes={launch.processes}",
        f"--num_machines={launch.machines}",
    ]  # fmt: skip
    program = ["-m", "mgiqa.execution.worker", name, str(root)]
    if launch.machines == 1:
        return [*accelerate, "--main_process_port=0", *program]
    if "SLURM_JOB_NODELIST" not in os.environ:
        raise SettingsError(
            f"launch.machines is {launch.machines}, and this is no allocation of Slurm",
            remedy="Write a job with `mgiqa slurm` and submit it, or set launch.machines to 1.",
        )
    script = (
        'first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1); '
        f"exec {shlex.join(accelerate)} "
        f'--machine_rank="$SLURM_NODEID" --main_process_ip="$first" --main_process_port={PORT} {shlex.join(program)}'
    )
    srun = ["srun", f"--nodes={launch.machines}", "--ntasks-per-node=1", "--kill-on-bad-exit=1"]
    return [*srun, "bash", "-c", script]


def _engine(root: Path, launch: Launch) -> Path:
    return root / "launch" / f"{launch.engine}.yaml"
