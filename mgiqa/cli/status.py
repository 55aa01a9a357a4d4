"""``mgiqa status``: the last result and whose it is, what is stale or failed, the versions, where to look next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from mgiqa.integrity.staleness import StageState
    from mgiqa.registry.store import Store
    from mgiqa.settings import Settings
    from mgiqa.workspace import Workspace

FIGURES_OF = "evaluate"
"""The stage whose figures are shown."""
SETTINGS = ("base.model", "warmup.steps", "train.steps", "train.reward", "seed")
"""Settings of a run that are told of it."""
DIGITS = 12
"""Digits of a digest that are shown."""


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command(
        "status", rich_help_panel="Release", epilog="Example: `mgiqa status`. It is what `make demo` ends with."
    )(status)


def status() -> None:
    """Shows the last result on unseen contents and whose it is, what is stale or failed, and registered versions."""
    from rich.console import Console

    from mgiqa.errors import Busy
    from mgiqa.integrity.staleness import stage_states
    from mgiqa.registry.store import prepare_store
    from mgiqa.settings import read_settings
    from mgiqa.workspace import Workspace

    workspace, console = Workspace.find(), Console(highlight=False)
    settings = read_settings(workspace.params)
    try:
        states = stage_states(workspace)
    except Busy as fault:
        states = ()
        console.print(f"Which figures are stale cannot be told now: {fault.args[0]}. {fault.remedy}")
    store = prepare_store(workspace, settings)
    _results(console, workspace, store, states)
    _stages(console, states)
    _last_training(console, store)
    _work(console, workspace)
    _versions(console, store, settings)
    _next(console, workspace)


def _results(console: "Console", workspace: "Workspace", store: "Store", states: "Sequence[StageState]") -> None:
    from rich.text import Text

    from mgiqa.cli.show import show_table
    from mgiqa.records import Summary

    if not workspace.evaluation.is_dir():
        console.print("Nothing has been evaluated yet. Run the pipeline with: dvc repro")
        return
    stale = [one for one in states if one.name == FIGURES_OF and not one.current]
    for title, rows in Summary.read(workspace.evaluation).tables.items():
        console.print()
        show_table(console, f"{title} (stale)" if stale else title, rows)
    console.print()
    console.print(Text(f"These are figures of {_whose(workspace, store)}."))
    for one in stale:
        console.print(Text(f"They are stale: {one.name} {one.reason}. `dvc repro` makes them again.", "bold yellow"))


def _whose(workspace: "Workspace", store: "Store") -> str:
    """Policy, run, commit and settings that the figures are of; what is not recorded here is said to be so."""
    from mgiqa.errors import MGIQAError
    from mgiqa.evaluation.results.provenance import Provenance
    from mgiqa.registry.recorded_run import run_of_model

    try:
        digest = Provenance.read(workspace.evaluation, FIGURES_OF).models["policy"]
    except MGIQAError as fault:
        return f"a policy that is not known, since {fault.args[0]}"
    run = run_of_model(store, digest)
    if run is None:
        return f"the policy {digest[:DIGITS]}, of whose training no run is recorded here"
    commit = f"commit {run.commit[:DIGITS]}{' with changes' if run.changed else ''}" if run.commit else "no commit"
    settings = [f"{name} {run.params[name]}" for name in SETTINGS if name in run.params]
    return f"the policy {digest[:DIGITS]}: " + ", ".join([f"run {run.id[:DIGITS]}", commit, *settings])


def _stages(console: "Console", states: "Sequence[StageState]") -> None:
    from mgiqa.cli.show import show_table

    if not states:
        return
    console.print()
    if all(one.current for one in states):
        console.print(f"All {len(states)} stages are up to date.")
        return
    left: list[dict[str, object]] = [
        {"stage": one.name, "state": one.state, "why": one.reason} for one in states if not one.current
    ]
    show_table(console, f"Stages that are not up to date, of {len(states)}", left)


def _last_training(console: "Console", store: "Store") -> None:
    """Says if the last training came to nothing."""
    from rich.text import Text

    from mgiqa.registry.recorded_run import last_run

    run = last_run(store)
    if run is not None and run.came_to_nothing:
        reason = run.reason or "the reason is not recorded"
        console.print(Text(f"\nThe last training ended {run.status}: {reason} (run {run.id[:DIGITS]}).", "bold red"))


def _work(console: "Console", workspace: "Workspace") -> None:
    """Names what lies in ``.work``: nothing takes away what other settings, or other models, left there."""
    from mgiqa.cli.show import show_table
    from mgiqa.execution.work import kept_answers, unfinished

    runs: list[dict[str, object]] = [
        {
            "folder": str(one.path.relative_to(workspace.home)),
            "size": f"{one.size / 1e6:.1f} MB",
            "last changed": f"{one.changed:%Y-%m-%d %H:%M}",
        }
        for one in unfinished(workspace)
    ]
    if runs:
        console.print()
        show_table(console, "Runs that did not finish", runs)
        console.print("With the same settings such a run goes on from there. If that is not wanted, remove its folder.")
    if answers := kept_answers(workspace):
        console.print(
            f"\nKept answers (.work/answers-*): {len(answers)}, {sum(one.size for one in answers) / 1e6:.1f} MB; "
            "no model is asked for them again. Those of models that are gone may be removed."
        )


def _versions(console: "Console", store: "Store", settings: "Settings") -> None:
    from mgiqa.registry.champion import name_aliases, read_championship
    from mgiqa.registry.models import versions

    console.print()
    name = settings.register_.model
    registered, doubt = versions(store, name), read_championship(store, name).doubt
    if not registered:
        console.print("No model is registered yet. `dvc repro register` registers the policy.")
    for version in [version for version in registered if version.aliases] or registered[:1]:
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
