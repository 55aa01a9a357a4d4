"""What `mgiqa compare` compares: a model of the last evaluation, or anybody's table of predictions.

``policy`` is the model of that name in the predictions of the workspace; ``FILE`` a table of one model;
``FILE@MODEL`` one model of a table of several.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mgiqa.attributes import KEYS
from mgiqa.errors import LabelError, SourceError
from mgiqa.evaluation.files import PREDICTIONS
from mgiqa.evaluation.pairing import COLUMNS
from mgiqa.evaluation.predictions import per_image
from mgiqa.evaluation.tables import column_of, keep_rows, names_of, numbers_of, read_table

OURS = ("model", "image_id", "answer", "failure", *(f"score_{key}" for key in KEYS))
"""Columns by which a table of our own predictions is told."""


@dataclass(frozen=True)
class Columns:
    """Where a foreign table has what; ``content`` and ``dataset`` may be empty."""

    image: str = "image_id"
    score: str = "score"
    mos: str = "mos"
    content: str = ""
    dataset: str = ""


@dataclass(frozen=True)
class Contender:
    """One side of a comparison.

    Attributes:
        name: for people.
        scores: one row per image: ``image_id, dataset, content, mos, score``.
    """

    name: str
    scores: pd.DataFrame


def contender(text: str, columns: Columns, attribute: str, evaluation: Path) -> Contender:
    """Reads one side.

    Args:
        text: a model's name, ``FILE`` or ``FILE@MODEL``.
        columns: of a foreign table.
        attribute: key that is compared, where a table has several.
        evaluation: folder of the last evaluation, for a model's name.

    Raises:
        SourceError: there is no such file or model.
        LabelError: the table cannot be read, lacks a column, or holds several models and none is named.
    """
    file, _, model = text.rpartition("@") if "@" in text and not Path(text).exists() else (text, "", "")
    path = Path(file)
    if not path.suffix and not path.exists():
        path, model = evaluation / PREDICTIONS, text
        if not path.is_file():
            raise SourceError(
                f"{text} is no file, and there are no predictions of a model of that name",
                remedy="Name a table of predictions, or evaluate first: dvc repro evaluate",
            )
    table = read_table(path)
    if set(OURS) <= set(table.columns):
        return Contender(*_own(table, model, attribute, path.name))
    if model:
        table = keep_rows(table, {"model": model}, path.name)
    return Contender(text, _foreign(table, columns, path.name))


def _own(table: pd.DataFrame, model: str, attribute: str, name: str) -> tuple[str, pd.DataFrame]:
    models = [str(other) for other in table["model"].unique()]
    if not model and len(models) > 1:
        raise LabelError(f"{name} holds several models: {', '.join(models)}", remedy=f"Name one: {name}@{models[-1]}")
    images = per_image(keep_rows(table, {"model": model or models[0]}, name))
    chosen = images.rename(columns={f"mos_{attribute}": "mos", f"score_{attribute}": "score"})
    return model or models[0], chosen.loc[chosen["mos"].notna(), list(COLUMNS)]


def _foreign(table: pd.DataFrame, columns: Columns, name: str) -> pd.DataFrame:
    for option, column in (("--image", columns.image), ("--pred", columns.score), ("--mos", columns.mos)):
        column_of(table, column, name, remedy=f"Name the right one with {option}.")
    images = names_of(table, columns.image, name)
    if None in images:
        raise LabelError(f"{name}, row {images.index(None) + 1}: {columns.image} is empty", remedy="Name every image.")
    contents = names_of(table, columns.content, name) if columns.content else images
    return pd.DataFrame(
        {
            "image_id": images,
            "dataset": column_of(table, columns.dataset, name).astype(str) if columns.dataset else "all",
            "content": [content or image for content, image in zip(contents, images, strict=True)],
            "mos": numbers_of(table, columns.mos, name),
            "score": numbers_of(table, columns.score, name),
        }
    )
