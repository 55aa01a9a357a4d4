"""A dataset of one's own: an entry made from the column names in ``params.yaml``."""

from pathlib import PurePath, PurePosixPath
from typing import Literal

from mgiqa.columns import mos_column, std_column
from mgiqa.datasets.catalogue.facts import Dataset, Layout, ScoreColumn, Std, Table
from mgiqa.settings.data import Custom

_SPLITS = {"train": "train", "training": "train", "val": "val", "validation": "val", "test": "test"}
_FORMS: dict[str, Literal["excel", "parquet"]] = {".xls": "excel", ".xlsx": "excel", ".parquet": "parquet"}


def custom_dataset(name: str, custom: Custom) -> Dataset:
    """The catalogue entry of a table that only its owner knows."""
    texts = {"image": custom.image, "content": custom.content, "split": custom.split, "prompt": custom.prompt}
    columns = {working: column for working, column in texts.items() if column}
    columns |= {mos_column(key): column for key, column in custom.mos.items()}
    columns |= {std_column(key): column for key, column in custom.std.items()}
    table = Table(
        paths=(custom.labels,),
        form=_FORMS.get(PurePath(custom.labels).suffix.lower(), "text"),
        columns=columns,
        delimiter=custom.delimiter,
    )
    layout = Layout(
        name="custom",
        tables=(table,),
        scores=tuple(_score(key, custom) for key in sorted(custom.mos, key=lambda key: key != "overall")),
        file="{image}",
        images=(f"{PurePosixPath(_literal(custom.images), '{image}')}", "{image}"),
        content="{content}" if custom.content else "{image}",
        prompt="prompt" if custom.prompt else "",
        split="split" if custom.split else "",
        splits=_SPLITS,
        per_content=custom.per_content,
    )
    return Dataset(
        name=name,
        title=name if name != "custom" else "Your own dataset",
        family=custom.family,
        layouts=(layout,),
        split_rule="test" if custom.per_content else "official" if custom.split else "content",
        content_rule=f"the column {custom.content}" if custom.content else "the image itself",
        rows=0,
        licence="your own",
        citation="your own",
        home="your own: a folder with a table of labels and the images it names",
        notes=("Columns, range and direction are stated in params.yaml: ingest.datasets.NAME.custom.",),
    )


def _literal(name: str) -> str:
    """A name as it stands in a template."""
    return name.replace("{", "{{").replace("}", "}}")


def _score(key: str, custom: Custom) -> ScoreColumn:
    return ScoreColumn(
        key,
        mos_column(key),
        custom.lowest,
        custom.highest,
        key=key,
        higher_is_better=custom.higher_is_better,
        std=Std(std_column(key)) if key in custom.std else None,
        target="soft" if key in custom.std else "hard",
        why="a standard deviation is given" if key in custom.std else "no standard deviation is given",
    )
