"""`mgiqa datasets`: what is known of datasets, and what is in a folder, before anything is trained."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from mgiqa.datasets.catalogue.facts import Dataset

Name = Annotated[str, typer.Argument(help="Name in the catalogue, or of your own dataset in params.yaml.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Folder = Annotated[Path, typer.Option("--root", help="Where the dataset was unpacked.")]

app = typer.Typer(
    no_args_is_help=True,
    help="Look at datasets: what is known of them, and what a folder holds.",
    epilog="Example: `mgiqa datasets inspect koniq10k --root ~/data/koniq10k --labels-only`.",
)


@app.command("list", epilog="Example: `mgiqa datasets list --json`.")
def list_datasets(as_json: Json = False) -> None:
    """Lists every dataset of the catalogue."""
    from mgiqa.datasets.catalogue import CATALOGUE

    rows: list[dict[str, Any]] = [
        {
            "name": entry.name,
            "domain": entry.family,
            "rows": entry.rows,
            "scale": entry.layouts[0].overall.scale,
            "std": "yes" if entry.layouts[0].overall.std else "no",
            "split": entry.split_rule,
        }
        for entry in CATALOGUE.values()
    ]
    if as_json:
        more = [
            {"title": entry.title, "scores": [score.name for score in entry.scores]} for entry in CATALOGUE.values()
        ]
        rows = [row | extra for row, extra in zip(rows, more, strict=True)]
    _print(rows, as_json, "Datasets")


@app.command(epilog="Example: `mgiqa datasets show kadid10k`.")
def show(name: Name, as_json: Json = False) -> None:
    """Shows all that is known of one dataset."""
    from mgiqa.datasets.card import dataset_card

    _print(dataset_card(_entry(name)), as_json, name)


@app.command(epilog="Example: `mgiqa datasets inspect spaq --root ~/data/SPAQ --labels-only --json`.")
def inspect(
    name: Name,
    root: Folder,
    labels_only: Annotated[bool, typer.Option("--labels-only", help="Leave the images alone.")] = False,
    everything: Annotated[
        bool, typer.Option("--everything", help="Also the rows that the usual protocol leaves out.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Reads a dataset where it lies, and says what validation would think of it."""
    from mgiqa.datasets.inspection import inspect_dataset

    _print(inspect_dataset(_entry(name), root, labels_only=labels_only, everything=everything), as_json, name)


@app.command("split-check", epilog="Example: `mgiqa datasets split-check`, after `dvc repro normalize`.")
def split_check(
    name: Annotated[str | None, typer.Argument(help="Dataset; all of the manifest by default.")] = None,
    root: Annotated[Path | None, typer.Option("--root", help="Check the labels of this folder instead.")] = None,
    split: Annotated[str, typer.Option(help="A public split to load, with --root.")] = "",
    lists: Annotated[str, typer.Option(help="Folder with the lists of that split.")] = "",
    near: Annotated[bool, typer.Option(help="Also look for images that are nearly the same.")] = True,
    as_json: Json = False,
) -> None:
    """Proves that no content and no image is in two splits; exits with 1 if one is."""
    from mgiqa.datasets.split.check import check_labels, check_manifest
    from mgiqa.workspace import Workspace

    checked = check_labels(_entry(name or ""), root, split, lists) if root else None
    result = checked or check_manifest(Workspace.find(), name, near=near)
    _print(result, as_json, "Splits")
    if not result["disjoint"]:
        raise typer.Exit(1)


def _entry(name: str) -> "Dataset":
    """The facts of a dataset: those of the catalogue, or those that the params.yaml of this folder states."""
    from mgiqa.datasets.catalogue import CATALOGUE, find
    from mgiqa.errors import SettingsError
    from mgiqa.settings import read_settings
    from mgiqa.workspace import Workspace

    if name in CATALOGUE and name != "custom":
        return CATALOGUE[name]
    try:
        params = Workspace.find().params
    except SettingsError:  # nothing but the catalogue is known outside a checkout
        return find(name)
    return find(name, read_settings(params).ingest.datasets.get(name))


def _print(content: Any, as_json: bool, title: str) -> None:
    if as_json:
        import json

        typer.echo(json.dumps(content, indent=2, ensure_ascii=False))
    elif isinstance(content, list):
        from rich.console import Console

        from mgiqa.cli.show import show_table

        show_table(Console(highlight=False), title, content)
    else:
        import yaml

        typer.echo(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120).rstrip())
