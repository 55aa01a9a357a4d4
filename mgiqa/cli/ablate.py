"""``mgiqa ablate``: compares ways to train, over seeds."""

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command(
        "ablate",
        rich_help_panel="Compare",
        epilog="Example: `mgiqa ablate plans/rewards.yaml`. Stop it whenever you like: it goes on where it was.",
    )(ablate)


def ablate(
    plan: Annotated[Path, typer.Argument(help="YAML file: base, seeds, baseline and arms.")],
    output: Annotated[Path | None, typer.Option(help="Folder of the table; data/ablations/PLAN by default.")] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="Run only this seed of the plan, several if repeated; all by default.")
    ] = None,
    dry: Annotated[bool, typer.Option("--dry", help="Check the plan and show which runs are missing.")] = False,
    root: Annotated[Path | None, typer.Option(help="Folder of params.yaml.")] = None,
) -> None:
    """Train every arm of a plan with every seed, as DVC experiments, and write one table of means and differences."""
    import pandas as pd

    from mgiqa.ablation.experiments import code_of, perform, result_of
    from mgiqa.ablation.plan import read_plan, runs_of
    from mgiqa.ablation.table import figures, write_comparison
    from mgiqa.errors import StageError
    from mgiqa.names import verify_name
    from mgiqa.settings.document import read_document
    from mgiqa.workspace import Workspace

    workspace = Workspace(root.resolve()) if root else Workspace.find()
    verify_name("plan", plan.stem)
    content = read_plan(plan)
    params = read_document(workspace.params)
    runs = runs_of(content, plan.stem, params, code_of(workspace.root))
    if unknown := sorted(set(seed or []) - set(content.seeds)):
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(map(str, content.seeds))}", param_hint="--seed")
    runs = [run for run in runs if not seed or run.seed in seed]
    folder = output or workspace.data / "ablations" / plan.stem
    rows, failed, text = [], {}, ""
    for number, run in enumerate(runs, 1):
        result = result_of(workspace.root, run)
        state = "is there" if result else "is missing" if dry else "runs"
        typer.echo(f"{number} of {len(runs)}: {run.arm}, seed {run.seed} {state} ({run.name})")
        if dry:
            continue
        try:
            result = result or perform(workspace.root, run, params, lambda line: typer.echo(f"  {line}"))
        except StageError as error:
            failed[run.name] = str(error)
            typer.secho(f"  {error}", fg="red", err=True)
            continue
        rows.append({"arm": run.arm, "seed": run.seed, "experiment": run.name, **figures(result)})
        text = write_comparison(folder, content, plan.stem, pd.DataFrame(rows), failed)
    if text:
        text = write_comparison(folder, content, plan.stem, pd.DataFrame(rows), failed)
        typer.echo(f"\n{text}\nWritten to {folder}.")
    raise typer.Exit(code=int(bool(failed)))
