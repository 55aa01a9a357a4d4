"""``mgiqa verify``: what has changed since it was recorded, rotten bytes included."""

from typing import TYPE_CHECKING, Annotated

import typer

from mgiqa.cli.stages import Root

if TYPE_CHECKING:
    from rich.console import Console

    from mgiqa.integrity.record import Findings

REMEDIES = {
    "data": "`dvc checkout --force` brings back what the cache holds; `dvc repro --force --single-item STAGE` makes it "
    "again.",
    "cache": "Remove the object; then `dvc fetch`, or `dvc commit STAGE` where the data are sound, brings it back.",
    "registry": "`dvc repro --force --single-item register` registers the model again, as a version of its own; "
    "`mgiqa rollback` goes back to another.",
}
"""Place → how to bring back what was lost there."""


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command(
        "verify",
        rich_help_panel="Release",
        epilog="Examples: `mgiqa verify`, `mgiqa verify --content`. Exit status 1: something has changed.",
    )(verify)


def verify(
    content: Annotated[
        bool, typer.Option("--content", help="Read every byte; otherwise what has its size and time counts as it was.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    root: Root = None,
) -> None:
    """Hold outputs, DVC's cache and registered versions to the hashes that were recorded of them."""
    import json

    from rich.console import Console

    from mgiqa.integrity.verify import verify_workspace
    from mgiqa.settings import read_settings
    from mgiqa.workspace import Workspace

    workspace = Workspace(root.resolve()) if root else Workspace.find()
    findings = verify_workspace(workspace, read_settings(workspace.params), content=content)
    if as_json:
        typer.echo(json.dumps(findings.as_dict(), indent=2, ensure_ascii=False))
    else:
        _show(Console(highlight=False), findings)
    raise typer.Exit(int(bool(findings.faults)))


def _show(console: "Console", findings: "Findings") -> None:
    from rich.text import Text

    from mgiqa.cli.show import show_point, show_table

    rows: list[dict[str, object]] = [
        {"place": place, "files": looked.files, "MB": round(looked.size / 1e6, 1), "faults": len(looked.faults)}
        for place, looked in findings.places.items()
    ]
    show_table(console, "Recorded, and looked at", rows)
    for place, looked in findings.places.items():
        for note in looked.notes:
            show_point(console, Text("–", "dim"), f"{place}: {note}")
        for fault in looked.faults:
            show_point(console, Text("✗", "bold red"), f"{place}: {fault}")
        if looked.faults:
            show_point(console, Text(), REMEDIES[place])
    if not findings.faults:
        show_point(console, Text("✓", "green"), "All of it is as it was recorded.")
