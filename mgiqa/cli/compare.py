"""``mgiqa compare``: two models, or two tables of predictions, on the same images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mgiqa.evaluation.comparison.compare import Comparison
    from mgiqa.metrics.difference import Difference

ModelName = Annotated[str, typer.Argument(help="A model of the last evaluation, FILE, or FILE@MODEL.")]

EPILOG = (
    "Examples: `mgiqa compare policy warmup --plot gain.svg`, "
    "`mgiqa compare ours.csv theirs.csv --image name --pred score --mos mos --content reference`."
)

_WIDEST = 16
"""Characters of the longest name that heads a column; longer ones are A and B."""


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command("compare", epilog=EPILOG, rich_help_panel="Compare")(compare)


def compare(
    a: ModelName,
    b: ModelName,
    attribute: Annotated[
        str,
        typer.Option(
            help="Which score of our own predictions, of both alike: noise, say; overall as it is said (direct), or "
            "pooled with the technical attributes. By default the overall score as A is read in use."
        ),
    ] = "",
    image: Annotated[str, typer.Option(help="Column of the image, in other tables.")] = "image_id",
    pred: Annotated[str, typer.Option(help="Column of the predictions, in other tables.")] = "score",
    mos: Annotated[str, typer.Option(help="Column of the human scores, in other tables.")] = "mos",
    content: Annotated[str, typer.Option(help="Column of the reference, prompt or group, if any.")] = "",
    dataset: Annotated[str, typer.Option(help="Column of the dataset, if any.")] = "",
    resamples: Annotated[int, typer.Option(min=100, help="Of bootstrap and permutation test.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of both.")] = 0,
    plot: Annotated[Path | None, typer.Option(help="Picture to draw: .svg, .png or .pdf.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    root: Annotated[Path | None, typer.Option(help="Workspace of a model's name; the current one by default.")] = None,
) -> None:
    """Compare two rankings of the same images: difference of SRCC, its interval, and a permutation test."""
    import json

    from mgiqa.attributes import LABEL_OF
    from mgiqa.evaluation.comparison.compare import compare_models
    from mgiqa.evaluation.comparison.models import Columns, compared_models
    from mgiqa.evaluation.comparison.plot import check_plot, draw

    if attribute and attribute not in LABEL_OF:
        raise typer.BadParameter(f"{attribute!r} is none of {', '.join(LABEL_OF)}", param_hint="--attribute")
    if plot:
        check_plot(plot)
    columns = Columns(image, pred, mos, content, dataset)
    first, second = compared_models((a, b), columns, attribute, _evaluation(root))
    comparison = compare_models(first, second, resamples=resamples, seed=seed)
    if plot:
        draw(comparison, plot, seed)
    if as_json:
        typer.echo(json.dumps(comparison.as_dict(), indent=2, ensure_ascii=False))
    else:
        _show(comparison, plot)


def _evaluation(root: Path | None) -> Path:
    """The folder of the last evaluation; of the current folder where there is no workspace, for tables need none."""
    from mgiqa.errors import SettingsError
    from mgiqa.workspace import Workspace

    try:
        return (Workspace(root.resolve()) if root else Workspace.find()).evaluation
    except SettingsError:
        return Workspace(Path.cwd()).evaluation


def _show(comparison: "Comparison", plot: Path | None) -> None:
    from rich.console import Console
    from rich.text import Text

    from mgiqa.cli.show import show_point, show_table

    console = Console(highlight=False)
    names = (comparison.first, comparison.second)
    short = names if max(map(len, names)) <= _WIDEST and len(set(names)) == 2 else ("A", "B")
    rows = [{"dataset": row.dataset, "images": row.n, **_cells(row.difference, short)} for row in comparison.datasets]
    if len(comparison.datasets) > 1:
        rows.append({"dataset": "mean over datasets", "images": "", **_cells(comparison.mean, short)})
    show_table(console, "SRCC of the same images", rows)
    for letter, name in zip(short, names, strict=True):
        if letter != name:
            show_point(console, Text(letter, "bold"), name)
    console.print()
    show_point(console, Text(), comparison.verdict)
    if comparison.score:
        show_point(console, Text(), f"{comparison.score}.")
    show_point(
        console,
        Text(),
        f"{comparison.scored} of {comparison.images} common images have both scores (without: "
        f"{comparison.failures[0]} and {comparison.failures[1]}); {comparison.only[0]} and {comparison.only[1]} images "
        "are in one table only.",
    )
    if comparison.left_out:
        show_point(
            console, Text("!", "yellow"), f"Too few images or human scores to rank: {', '.join(comparison.left_out)}."
        )
    show_point(console, Text(), f"The picture is {plot}." if plot else "`--plot FILE.svg` draws it.")


def _cells(difference: "Difference", names: tuple[str, str]) -> dict[str, str]:
    low, high = difference.interval
    return {
        names[0]: f"{difference.first:.3f}",
        names[1]: f"{difference.second:.3f}",
        "difference": f"{difference.difference:+.3f}",
        "95% interval": f"{low:+.3f} … {high:+.3f}",
        "p": f"{difference.p_value:.3f}",
    }
