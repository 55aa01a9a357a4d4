"""``mgiqa sample``: writes the built-in sample data into a folder, in the official layouts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mgiqa.errors import SettingsError

if TYPE_CHECKING:
    from mgiqa.settings.data import Sample


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    epilog = "Example: `mgiqa sample kadid10k spaq --out samples`."
    app.command("sample", epilog=epilog, rich_help_panel="Data")(sample)


def sample(
    datasets: Annotated[list[str] | None, typer.Argument(help="Which ones; all four by default.")] = None,
    out: Annotated[Path, typer.Option(help="Folder that gets one folder per dataset.")] = Path("samples"),
    seed: Annotated[int | None, typer.Option(help="Another seed is another sample.")] = None,
    contents: Annotated[int | None, typer.Option(help="References or prompts per dataset.")] = None,
    versions: Annotated[int | None, typer.Option(help="Images per reference or prompt.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of an image in pixels.")] = None,
) -> None:
    """Write small datasets with generated images and simulated raters, in the layouts of the official downloads."""
    from mgiqa.datasets.sample import DATASETS, need_sample, write_sample
    from mgiqa.progress import watched
    from mgiqa.workspace import written_whole

    settings = _settings({"seed": seed, "contents": contents, "versions": versions, "size": size})
    names = datasets or list(DATASETS)
    for dataset in names:
        need_sample(dataset)
        _need_free(out / dataset)
    for dataset in watched(names, "sampling datasets", len(names)):
        with written_whole(out / dataset) as draft:
            write_sample(dataset, draft, settings)
    typer.echo(f"Wrote {', '.join(names)} to {out}. The raters are simulated.")


def _settings(given: dict[str, int | None]) -> "Sample":
    from pydantic import ValidationError

    from mgiqa.settings.data import Sample

    try:
        return Sample.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        faults = [f"--{fault['loc'][0]} is {fault['input']}, but {fault['msg'].lower()}" for fault in error.errors()]
        raise SettingsError("; ".join(faults), remedy="See: mgiqa sample --help") from None


def _need_free(folder: Path) -> None:
    if folder.exists():
        raise SettingsError(
            f"{folder} is already there, and a sample never replaces anything",
            remedy="Remove it, or name another folder with --out.",
        )
