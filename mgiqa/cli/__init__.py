"""The command line: one verb per stage, and the verbs around the pipeline. A verb's module loads when it runs."""

import io
import sys
from typing import Annotated

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
    serve,
    slurm,
    stages,
    status,
    ui,
    verify,
)
from mgiqa.cores import share_cores
from mgiqa.errors import SettingsError
from mgiqa.quiet import silence_tools
from mgiqa.system import one_sentence

app = typer.Typer(
    name="mgiqa",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    help="Image quality with reasons: train, benchmark, register and use a vision-language model "
    "that explains and scores sharpness, color, noise, composition and the whole.",
    epilog="Start with `make demo`, or run the pipeline with `dvc repro`. Then: `mgiqa score PHOTO.jpg`.",
)


@app.callback()
def every_verb(
    debug: Annotated[bool, typer.Option("--debug", help="Show the trace of an error beside its sentence.")] = False,
) -> None:
    """What all verbs take; ``main`` has read it by then, wherever it stands."""


score.add_to(app)
serve.add_to(app)
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
verify.add_to(app)
status.add_to(app)
ui.add_to(app)


def main() -> None:
    """Runs a command; whatever goes wrong ends in one sentence and an exit status that says of which kind it is."""
    silence_tools()
    share_cores()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files are bytes, of which some are no text
    words = sys.argv[1:]
    given = words[: words.index("--")] if "--" in words else words
    debug = "--debug" in given
    sys.argv[1:] = [word for word in given if word != "--debug"] + words[len(given) :]
    with one_sentence(debug):
        if "" in sys.argv[1:]:  # as a path it would be the current folder, with all that is in it
            raise SettingsError("an argument is empty, and names nothing", remedy="Give a name, or leave it out.")
        app()
