"""``mgiqa slurm``: writes a job for a cluster."""

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command(
        "slurm",
        rich_help_panel="Pipeline (run in order by `dvc repro`)",
        epilog="Example: `mgiqa slurm train --hours 12 > job.sbatch && sbatch job.sbatch`.",
    )(slurm)


def slurm(
    stages: Annotated[list[str] | None, typer.Argument(help="Stages to bring up to date; all by default.")] = None,
    hours: Annotated[float, typer.Option(min=0.1, help="Wall-clock time.")] = 24.0,
    cores: Annotated[int, typer.Option(min=1, help="CPU cores per process.")] = 8,
    partition: Annotated[str, typer.Option(help="Of the cluster.")] = "",
    account: Annotated[str, typer.Option(help="Of the cluster.")] = "",
    root: Annotated[Path | None, typer.Option(help="Folder of params.yaml.")] = None,
) -> None:
    """Print a job for sbatch: machines and GPUs as `launch` in params.yaml says, then `dvc repro`."""
    from mgiqa.execution.slurm import Request, batch_script
    from mgiqa.pipeline import STAGES
    from mgiqa.settings import read_settings
    from mgiqa.workspace import Workspace

    workspace = Workspace(root.resolve()) if root else Workspace.find()
    for stage in stages or []:
        if stage.partition("@")[0] not in STAGES:
            raise typer.BadParameter(f"{stage!r} is none of {', '.join(STAGES)}", param_hint="stages")
    request = Request(hours, cores, partition, account)
    script = batch_script(stages or [], workspace.root, read_settings(workspace.params).launch, request)
    typer.echo(script, nl=False)
