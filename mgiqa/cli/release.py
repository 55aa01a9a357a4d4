"""``mgiqa promote``, ``rollback`` and ``models``: which version of the model is in use, and who decides."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mgiqa.cli.stages import Root

if TYPE_CHECKING:
    from mgiqa.registry.models import Version
    from mgiqa.settings import Settings
    from mgiqa.workspace import Workspace

RELEASE = "Release"
REFUSED_BY_GATE = 3
"""Exit status of ``promote`` when the gate refuses: an answer, and no fault."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command(
        "promote",
        rich_help_panel=RELEASE,
        epilog="Example: `mgiqa promote`. Exit status: 0 promoted or champion already, 3 refused by the gate, 1 error.",
    )(promote)
    app.command(
        "rollback",
        rich_help_panel=RELEASE,
        epilog="Examples: `mgiqa rollback`, `mgiqa rollback --to 2`. A second roll-back in a row changes nothing.",
    )(rollback)
    app.command("models", rich_help_panel=RELEASE, epilog="Example: `mgiqa models`.")(models)


def promote(
    again: Annotated[bool, typer.Option(help="Ask the gate even about a version that was rolled back.")] = False,
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """Ask the gate whether the challenger, on the same images, may take the champion's place."""
    from mgiqa.registry.champion import REFUSED
    from mgiqa.stages.promote import run

    workspace, settings = _open(root)
    done = run(settings, workspace, again=again)
    if as_json:
        typer.echo(json.dumps(done.as_dict(), indent=2, ensure_ascii=False))
    else:
        _say_promotion(done.as_dict())
    if done.outcome == REFUSED:
        raise typer.Exit(REFUSED_BY_GATE)


def rollback(
    to: Annotated[int | None, typer.Option(help="Another former champion, by its version.")] = None,
    root: Root = None,
) -> None:
    """Undo the last promotion: the champion before is champion again."""
    from mgiqa.registry.champion import roll_back
    from mgiqa.registry.store import prepare_store

    workspace, settings = _open(root)
    done = roll_back(prepare_store(workspace, settings), settings.register_.model, to)
    if done.changed:
        place = f", in place of version {done.left.number}" if done.left else ""
        typer.echo(f"{done.restored} is champion again{place}.")
    else:
        typer.echo(
            f"{done.restored} stays champion: there is no promotion to undo. `mgiqa rollback --to` goes further."
        )


def models(as_json: AsJson = False, root: Root = None) -> None:
    """List the registered versions, the newest first: aliases, figures, decisions."""
    from rich.console import Console

    from mgiqa.cli.show import show_table
    from mgiqa.registry.champion import read_championship
    from mgiqa.registry.models import versions
    from mgiqa.registry.store import prepare_store

    workspace, settings = _open(root)
    store, name = prepare_store(workspace, settings), settings.register_.model
    championship = read_championship(store, name)
    rows = [_row(version, championship.doubt) for version in versions(store, name)]
    if as_json:
        known = [
            row | {"champion": championship.facts if row["version"] == championship.number else None} for row in rows
        ]
        typer.echo(json.dumps(known, indent=2, ensure_ascii=False))
    elif rows:
        show_table(Console(highlight=False), name, rows)
        _say_doubt(championship.doubt)
    else:
        typer.echo(f"No version of {name} is registered yet. `dvc repro register` makes one.")


def _open(root: Path | None) -> "tuple[Workspace, Settings]":
    from mgiqa.settings import read_settings
    from mgiqa.workspace import Workspace

    workspace = Workspace(root.resolve()) if root else Workspace.find()
    return workspace, read_settings(workspace.params)


def _say_promotion(done: Mapping[str, Any]) -> None:
    said = {
        "promoted": f"{done['model']} version {done['challenger']} is champion now.",
        "refused": f"{done['model']} version {done['challenger']} is not promoted; " + _stays(done),
        "unchanged": "Nothing changes.",
    }
    typer.secho(said[done["outcome"]], fg={"promoted": "green", "refused": "yellow"}.get(done["outcome"]), bold=True)
    for reason in done["reasons"]:
        typer.echo(f"  {reason}")
    _say_doubt(done["doubt"])


def _stays(done: Mapping[str, Any]) -> str:
    if not done["champion"]:
        return "there is no champion."
    return f"version {done['champion']} " + ("keeps the alias." if done["doubt"] else "stays champion.")


def _say_doubt(doubt: str) -> None:
    if doubt:
        typer.secho(doubt, fg="yellow", bold=True)


def _row(version: "Version", doubt: str) -> dict[str, Any]:
    from datetime import datetime

    from mgiqa.registry.champion import name_aliases

    return {
        "version": version.number,
        "aliases": ", ".join(name_aliases(version, doubt)),
        "SRCC": version.tags.get("srcc", ""),
        "answers read": version.tags.get("answers read", ""),
        "decision": version.tags.get("decision", "") + (" (rolled back)" if "rolled_back" in version.tags else ""),
        "registered": datetime.fromtimestamp(version.created / 1000).strftime("%Y-%m-%d %H:%M"),
        "digest": version.digest[:12],
        "run": version.run_id[:12],
    }
