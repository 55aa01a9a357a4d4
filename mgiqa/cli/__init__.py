"""The command line: one verb per stage, and the verbs around the pipeline. A verb's module loads when it runs."""

import sys

import typer

from mgiqa.cli import (
    ablate,
    compare,
    datasets,
    doctor,
    metrics,
    preset,
    release,
    sample,
    score,
    slurm,
    stages,
    status,
    ui,
)
from mgiqa.cores import share_cores
from mgiqa.errors import MGIQAError
from mgiqa.quiet import silence_tools

app = typer.Typer(
    name="mgiqa",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    help="Image quality with reasons: train, benchmark, register and use a vision-language model "
    "that explains and scores sharpness, color, noise, composition and the whole.",
    epilog="Start with `make demo`, or run the pipeline with `dvc repro`. Then: `mgiqa score PHOTO.jpg`.",
)
score.add_to(app)
stages.add_to(app)
slurm.add_to(app)
sample.add_to(app)
app.add_typer(datasets.app, name="datasets", rich_help_panel="Data")
app.add_typer(preset.app, name="preset", rich_help_panel="Settings")
doctor.add_to(app)
metrics.add_to(app)
compare.add_to(app)
ablate.add_to(app)
release.add_to(app)
status.add_to(app)
ui.add_to(app)


def main() -> None:
    """Runs a command; a refusal ends in one sentence and its exit code, never in a traceback."""
    silence_tools()
    share_cores()
    try:
        app()
    except MGIQAError as error:
        typer.secho(f"mgiqa: {error}", fg="red", err=True)
        sys.exit(error.exit_code)
