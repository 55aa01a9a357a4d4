"""``mgiqa score``: overall, attributes and reasons for any image."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from mgiqa.scoring.files import Scored
    from mgiqa.scoring.scorer import Score

BAR = 12
"""Cells of the bar beside a score."""

EPILOG = (
    "Examples: `mgiqa score photo.jpg`, `mgiqa score holiday/ --json > scores.json`, "
    "`mgiqa score photo.jpg --model data/models/policy --answers 8`."
)


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command("score", epilog=EPILOG, rich_help_panel="Use")(score)


def score(
    paths: Annotated[list[Path], typer.Argument(help="Images, or folders of images.")],
    model: Annotated[Path | None, typer.Option(help="Folder of a model; the champion by default.")] = None,
    answers: Annotated[
        int, typer.Option(min=1, help="Answers per image; several are averaged, with their spread.")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws, where there are several answers.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score images: overall, attributes and reasons, from 1 (worst) to 5 (best)."""
    from rich.console import Console

    from mgiqa.progress import watched
    from mgiqa.scoring.files import image_files, score_files
    from mgiqa.scoring.scorer import Scorer

    scorer, files = Scorer(model or _champion()), image_files(paths)
    console, faults = Console(highlight=False), 0
    results = score_files(scorer, files, answers, seed)
    if not console.is_terminal:  # where they are not seen as they come
        results = watched(results, "scoring images", len(files))
    for number, result in enumerate(results):
        faults += bool(result.fault)
        if as_json:
            _print_record(result, first=number == 0)
        else:
            _show(console, result)
    if as_json:
        typer.echo("\n]")
    if faults:
        raise typer.Exit(1)


def _champion() -> Path:
    from mgiqa.errors import SettingsError
    from mgiqa.registry.champion import champion_folder
    from mgiqa.settings import read_settings
    from mgiqa.workspace import Workspace

    try:
        workspace = Workspace.find()
    except SettingsError as error:
        raise SettingsError(
            "no model is named, and there is no checkout here whose champion could be taken",
            remedy="Name one with --model FOLDER.",
        ) from error
    return champion_folder(workspace, read_settings(workspace.params))


def _print_record(result: "Scored", *, first: bool) -> None:
    """One line of a JSON list, which is whole only with its end."""
    import json

    typer.echo(("[\n" if first else ",\n") + json.dumps(result.record, ensure_ascii=False), nl=False)


def _show(console: "Console", result: "Scored") -> None:
    from rich.markup import escape

    console.print(f"\n[bold]{escape(result.file.name)}[/]")
    if result.score.readable:
        console.print(_table(result.score))
        if result.score.failures:
            read, all_of_them = len(result.score.readable), len(result.score.answers)
            console.print(f"  [dim]{read} of {all_of_them} answers could be read[/]")
    else:
        console.print(f"  [red]{escape(result.fault)}[/]")


def _table(score: "Score") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    from mgiqa.attributes import ATTRIBUTES, HIGHEST, LOWEST

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    for name, justify in (("label", "left"), ("score", "right"), ("bar", "left"), ("reason", "left")):
        table.add_column(name, justify=justify, no_wrap=name != "reason")  # type: ignore[arg-type]
    for attribute in ATTRIBUTES:
        mean, spread = score.mean[attribute.key] or LOWEST, score.spread[attribute.key]
        filled = round(BAR * (mean - LOWEST) / (HIGHEST - LOWEST))
        style = "bold" if attribute.key == "overall" else ""
        table.add_row(
            f"  {attribute.label}",
            f"[bold]{mean:.2f}[/]" + (f" [dim]± {spread:.2f}[/]" if spread is not None else ""),
            f"[cyan]{'━' * filled}[/][dim]{'─' * (BAR - filled)}[/]",
            escape(score.reasoning[attribute.key]),
            style=style,
        )
    return table
