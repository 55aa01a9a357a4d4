"""The verbs of the pipeline, made from the table of stages."""

from pathlib import Path
from typing import Annotated

import typer

from mgiqa.pipeline import STAGES, Stage

Root = Annotated[
    Path | None,
    typer.Option(help="Folder of params.yaml; the current one, or the nearest above, by default."),
]
PIPELINE = "Pipeline (run in order by `dvc repro`)"


def add_to(app: typer.Typer) -> None:
    """Adds one command per stage."""
    for stage in STAGES.values():
        command = _per_dataset(stage) if stage.per_dataset else _single(stage)
        example = f"mgiqa {stage.name}" + (" kadid10k" if stage.per_dataset else "")
        app.command(
            stage.name,
            help=stage.help,
            rich_help_panel=PIPELINE,
            epilog=f"Example: `{example}`. With its inputs, and only if needed: `dvc repro {stage.name}`.",
        )(command)


def _per_dataset(stage: Stage):  # type: ignore[no-untyped-def]
    def command(dataset: Annotated[str, typer.Argument(help="Name in the catalogue.")], root: Root = None) -> None:
        _run(stage.name, root, dataset)

    return command


def _single(stage: Stage):  # type: ignore[no-untyped-def]
    def command(root: Root = None) -> None:
        _run(stage.name, root)

    return command


def _run(name: str, root: Path | None, dataset: str | None = None) -> None:
    from mgiqa.cli.show import show_summary
    from mgiqa.execution.process_guard import end_with_parent
    from mgiqa.execution.runner import run_stage
    from mgiqa.workspace import Workspace

    end_with_parent()  # DVC or a person: nobody would wait for what comes of it, and the next one writes there
    workspace = Workspace(root.resolve()) if root else Workspace.find()
    show_summary(run_stage(name, workspace, dataset))
