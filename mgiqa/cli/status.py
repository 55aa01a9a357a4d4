"""``mgiqa status``: the last result, the registered versions, and where to look next."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from mgiqa.settings import Settings
    from mgiqa.workspace import Workspace


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command(
        "status", rich_help_panel="Release", epilog="Example: `mgiqa status`. It is what `make demo` ends with."
    )(status)


def status() -> None:
    """Shows the last result on unseen contents, the registered versions and where to look next."""
    from rich.console import Console

    from mgiqa.settings import read_settings
    from mgiqa.workspace import Workspace

    workspace, console = Workspace.find(), Console(highlight=False)
    _results(console, workspace)
    _versions(console, workspace, read_settings(workspace.params))
    _next(console, workspace)


def _results(console: "Console", workspace: "Workspace") -> None:
    from mgiqa.cli.show import show_table
    from mgiqa.records import Summary

    if not workspace.evaluation.is_dir():
        console.print("Nothing has been evaluated yet. Run the pipeline with: dvc repro")
        return
    summary = Summary.read(workspace.evaluation)
    for title, rows in summary.tables.items():
        console.print()
        show_table(console, title, rows)


def _versions(console: "Console", workspace: "Workspace", settings: "Settings") -> None:
    from mgiqa.registry.champion import name_aliases, read_championship
    from mgiqa.registry.models import versions
    from mgiqa.registry.store import prepare_store

    console.print()
    store, name = prepare_store(workspace, settings), settings.register_.model
    known, doubt = versions(store, name), read_championship(store, name).doubt
    if not known:
        console.print("No model is registered yet. `dvc repro register` registers the policy.")
    for version in [version for version in known if version.aliases] or known[:1]:
        aliases = " and ".join(name_aliases(version, doubt)) or "no alias"
        console.print(f"Model [bold]{version}[/] is [bold]{aliases}[/] ({version.uri}).")
    if doubt:
        console.print(doubt, style="bold yellow", markup=False)


def _next(console: "Console", workspace: "Workspace") -> None:
    from rich.text import Text

    from mgiqa.cli.show import show_point

    page = workspace.report / "report.html"
    console.print("\nLook next:")
    for command, purpose in (
        ("mgiqa score PHOTO.jpg", "scores a photo of yours, with reasons"),
        (str(page.relative_to(workspace.root)), "every table, plot and a gallery of answers, on one page"),
        ("make ui", "Dagster (the graph, results, checks) and MLflow (runs, models) in the browser"),
    ):
        show_point(console, Text(command, "bold"), purpose, indent=24)
