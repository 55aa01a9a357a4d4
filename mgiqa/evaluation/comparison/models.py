"""What `mgiqa compare` compares: a model of the last evaluation, or anybody's table of predictions.

``policy`` is the model of that name in the predictions of the workspace; ``FILE`` a table of one model;
``FILE@MODEL`` one model of a table of several. Tables of our own hold several scores; both sides give the same one.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.errors import LabelError, SourceError
from mgiqa.evaluation.comparison.score_files import column_of, keep_rows, names_of, numbers_of, read_score_file
from mgiqa.evaluation.results.files import PREDICTIONS
from mgiqa.evaluation.results.pairing import PAIR_COLUMNS
from mgiqa.evaluation.results.predictions import SCORES, in_use, per_image, scores_of

OURS = ("model", "overall", "image_id", "answer", "failure", *SCORES)
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
class ComparedModel:
    """One side of a comparison.

    Attributes:
        name: for people.
        score: key of ``LABEL_OF``; empty for tables of others, which have one score.
        draws: answers to an image that a score is the mean of; 0 where that is not known.
        scores: one row per image; see ``mgiqa.evaluation.results.pairing``.
    """

    name: str
    score: str
    draws: int
    scores: pd.DataFrame


def compared_models(
    texts: tuple[str, str], columns: Columns, score: str, evaluation: Path
) -> tuple[ComparedModel, ComparedModel]:
    """Reads both sides.

    Args:
        texts: of each a model's name, ``FILE`` or ``FILE@MODEL``.
        columns: of a foreign table.
        score: which score of our own tables, a key of ``LABEL_OF``; if empty, the overall score as the first of them is
            read in use.
        evaluation: folder of the last evaluation, for a model's name.

    Raises:
        SourceError: there is no such file or model.
        LabelError: a table cannot be read, lacks a column, or holds several models and none is named.
    """
    first, second = (_opened(text, evaluation) for text in texts)
    chosen = score or next((in_use(one.table, one.model) for one in (first, second) if one.ours), "")
    return _compared_model(first, columns, chosen), _compared_model(second, columns, chosen)


def by_image(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """One row per image of one model: of our own predictions see ``per_image``, other tables are as they are.

    Raises:
        LabelError: our own predictions are of several models.
    """
    if not _is_ours(table):
        return table
    _model_of(table, name, f"Keep one: --where model={table['model'].iloc[-1]}")
    return per_image(table)


@dataclass(frozen=True)
class _Opened:
    """A side as it was named, its table (rows of one model, if models are named), and the model, if it is ours."""

    text: str
    path: Path
    table: pd.DataFrame
    model: str
    ours: bool


def _opened(text: str, evaluation: Path) -> _Opened:
    file, _, model = text.rpartition("@") if "@" in text and not Path(text).exists() else (text, "", "")
    path = Path(file)
    if not path.suffix and not path.exists():
        path, model = evaluation / PREDICTIONS, text
        if not path.is_file():
            raise SourceError(
                f"{text} is no file, and there are no predictions of a model of that name",
                remedy="Name a table of predictions, or evaluate first: dvc repro evaluate",
            )
    table = read_score_file(path)
    if model:
        table = keep_rows(table, {"model": model}, path.name)
    ours = _is_ours(table)
    if ours:
        model = _model_of(table, path.name, f"Name one: {path.name}@{table['model'].iloc[-1]}")
    return _Opened(text, path, table, model, ours)


def _is_ours(table: pd.DataFrame) -> bool:
    return set(OURS) <= set(table.columns)


def _model_of(table: pd.DataFrame, name: str, remedy: str) -> str:
    models = [str(other) for other in table["model"].unique()]
    if len(models) > 1:
        raise LabelError(f"{name} holds several models: {', '.join(models)}", remedy=remedy)
    return models[0]


def _compared_model(opened: _Opened, columns: Columns, score: str) -> ComparedModel:
    if not opened.ours:
        return ComparedModel(opened.text, "", 0, _foreign(opened.table, columns, opened.path.name))
    labelled = scores_of(per_image(opened.table), score).dropna(subset="mos")
    return ComparedModel(opened.model, score, int(opened.table["answer"].max()) + 1, labelled[list(PAIR_COLUMNS)])


def _foreign(table: pd.DataFrame, columns: Columns, name: str) -> pd.DataFrame:
    for option, column in (("--image", columns.image), ("--pred", columns.score), ("--mos", columns.mos)):
        column_of(table, column, name, remedy=f"Name the right one with {option}.")
    images = names_of(table, columns.image, name)
    if None in images:
        raise LabelError(f"{name}, row {images.index(None) + 1}: {columns.image} is empty", remedy="Name every image.")
    contents = names_of(table, columns.content, name) if columns.content else images
    datasets = column_of(table, columns.dataset, name).astype(str) if columns.dataset else pd.Series("all", table.index)
    return pd.DataFrame(
        {
            "image_id": images,
            "dataset": datasets,
            "content": [content or image for content, image in zip(contents, images, strict=True)],
            "per_content": [dataset in CATALOGUE and CATALOGUE[dataset].per_content for dataset in datasets],
            "mos": numbers_of(table, columns.mos, name),
            "score": numbers_of(table, columns.score, name),
        }
    )
