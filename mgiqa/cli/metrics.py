"""``mgiqa metrics``: how well anybody's scores agree with human scores."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mgiqa.metrics.agreement import Agreement

LABELS = {
    "srcc": "SRCC",
    "krcc": "KRCC (tau-b)",
    "plcc": "PLCC, raw",
    "plcc_logistic4": "PLCC, 4-parameter logistic",
    "plcc_logistic5": "PLCC, 5-parameter logistic",
    "rmse": "RMSE, 4-parameter logistic",
    "rmse_raw": "RMSE, raw",
    "pairwise_accuracy": "Pairwise accuracy",
    "pairwise_accuracy_weighted": "Pairwise accuracy, by rater certainty",
    "outlier_ratio": "Outlier ratio",
    "srcc_within": "SRCC within contents, mean",
    "pairwise_accuracy_within": "Pairwise accuracy within contents",
}
"""Figure → what it is called in the terminal; those that are undefined for want of std or content are not shown."""

OPTIONAL = ("pairwise_accuracy_weighted", "outlier_ratio", "srcc_within", "pairwise_accuracy_within")

EPILOG = (
    "Examples: `mgiqa metrics scores.csv --pred score --mos mos`, and the report's figure of SPAQ: "
    "`mgiqa metrics data/evaluation/predictions.parquet --pred score_pooled --mos mos_overall --content content "
    "--where model=policy --where dataset=spaq`. Several answers to an image, as there, count as their mean."
)


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command("metrics", epilog=EPILOG, rich_help_panel="Compare")(metrics)


def metrics(
    file: Annotated[
        Path, typer.Argument(help="Table with one row per image, or our predictions: csv, tsv, parquet, json or jsonl.")
    ],
    pred: Annotated[str, typer.Option(help="Column of the predictions; an empty cell is a failed one.")],
    mos: Annotated[str, typer.Option(help="Column of the human scores, higher is better.")],
    std: Annotated[str | None, typer.Option(help="Column of the raters' standard deviation.")] = None,
    content: Annotated[str | None, typer.Option(help="Column of the reference, prompt or group of an image.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="COLUMN=VALUE: only these rows; may be repeated.")] = None,
    resamples: Annotated[
        int, typer.Option(min=0, help="Bootstrap resamples over contents; 0 for no intervals.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="What an interval covers.")] = 0.95,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Evaluate a table of predictions: correlations with human scores, with intervals and warnings."""
    import json

    from mgiqa.evaluation.comparison.models import by_image
    from mgiqa.evaluation.comparison.score_files import keep_rows, names_of, numbers_of, read_score_file
    from mgiqa.metrics.agreement import agreement

    table = by_image(keep_rows(read_score_file(file), _conditions(where or []), file.name), file.name)
    measured = agreement(
        numbers_of(table, pred, file.name),
        numbers_of(table, mos, file.name),
        std=numbers_of(table, std, file.name) if std else None,
        content=names_of(table, content, file.name) if content else None,
        resamples=resamples,
        seed=seed,
        level=level,
    )
    if as_json:
        named = {"file": str(file), "pred": pred, "mos": mos, "std": std, "content": content, "seed": seed}
        typer.echo(json.dumps(named | measured.as_dict(), indent=2, ensure_ascii=False))
    else:
        _show(measured)


def _conditions(where: list[str]) -> dict[str, str]:
    wrong = [condition for condition in where if "=" not in condition]
    if wrong:
        raise typer.BadParameter(f"{wrong[0]!r} is not of the form COLUMN=VALUE", param_hint="--where")
    return {column: value for column, _, value in (condition.partition("=") for condition in where)}


def _show(measured: "Agreement") -> None:
    from rich.console import Console
    from rich.text import Text

    from mgiqa.cli.show import show_point, show_table
    from mgiqa.metrics.agreement import FLAGS

    console = Console(highlight=False)
    figures = measured.as_dict()
    rows: list[dict[str, object]] = []
    for name, label in LABELS.items():
        if figures[name] is not None or name not in OPTIONAL:
            rows.append({"figure": label, "value": _number(figures[name])})
            if measured.intervals:
                rows[-1][f"{measured.level:.0%} interval"] = _interval(figures["intervals"].get(name))
    show_table(console, "Agreement with human scores", rows)
    console.print()
    show_point(
        console,
        Text(),
        f"{measured.n} images, {measured.n_scored} scored; {measured.missing} without a prediction, "
        f"{measured.unlabelled} without a human score; {measured.contents} contents; {measured.ties:.1%} of pairs tied",
    )
    for flag in measured.flags:
        show_point(console, Text("!", "yellow"), Text.assemble(FLAGS[flag], " ", (flag, "dim")))


def _interval(ends: tuple[float | None, float | None] | None) -> str:
    return "–" if ends is None or None in ends else " … ".join(map(_number, ends))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
