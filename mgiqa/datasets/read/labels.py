"""A dataset's label files → one table of labels, in the dataset's own scales."""

import re
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd

from mgiqa.datasets.catalogue.facts import Dataset, Layout, ScoreColumn, Table
from mgiqa.datasets.read.label_files import locate, numbers, read_label_file
from mgiqa.datasets.read.locate import verify_inside
from mgiqa.errors import LabelError


@dataclass(frozen=True)
class Labels:
    """What the label files of a dataset say, before any image is looked at.

    Attributes:
        table: one row per label: ``image_id, dataset, family, content, split, prompt, images`` (candidate paths below
            ``root``, none where the image is not named), then a score and a deviation column per ``layout.scores``.
            Missing scores are NaN, a missing content is ``None``, and a word that is no split stays as it is, so that
            validation sets all of them aside.
        layout: the form that was found.
        root: the folder that the layout's paths start from.
        files: the label files that were read.
        left_out: number of rows that the usual protocol leaves out.
    """

    table: pd.DataFrame
    layout: Layout
    root: Path
    files: list[Path]
    left_out: int


def read_labels(entry: Dataset, folder: Path, *, everything: bool = False) -> Labels:
    """Reads the labels of ``entry`` from ``folder``, or from the one folder in it that holds them.

    Args:
        entry: the facts.
        folder: where the dataset was unpacked.
        everything: also take the rows that the usual protocol leaves out.

    Raises:
        LabelError: no label file is there, or it is not as the catalogue says, or lies outside.
    """
    layout, root = _find(entry, folder)
    present = [table for table in layout.tables if table.form == "blocks" or locate(table, root) or not table.optional]
    rows = reduce(_join, [(table, read_label_file(table, root)) for table in present])[1]
    rows = _translate(rows, layout)
    kept = rows if everything or not layout.left_out else rows[~_left_out(rows, layout)]
    files = [file for table in present for file in locate(table, root)]
    for file in files:
        verify_inside(root, file)
    return Labels(_records(entry, layout, kept), layout, root, files, len(rows) - len(kept))


def _find(entry: Dataset, folder: Path) -> tuple[Layout, Path]:
    """The first layout whose required files are there, and the folder they are in."""
    candidates = [folder, *_folders(folder, 1), *_folders(folder, 2)]
    for layout in entry.layouts:
        required = [table for table in layout.tables if not table.optional and table.form != "blocks"]
        for root in candidates:
            if all(locate(table, root) for table in required):
                return layout, root
    looked = " or ".join(table.paths[0] for layout in entry.layouts for table in layout.tables[:1] if table.paths)
    raise LabelError(
        f"{folder} holds no labels of {entry.title} (looked for {looked})",
        remedy=f"Name the folder the official download was unpacked into; see `mgiqa datasets show {entry.name}`.",
    )


def _folders(folder: Path, depth: int) -> list[Path]:
    return sorted(path for path in folder.glob("/".join("*" * depth)) if path.is_dir())


def _join(left: tuple[Table, pd.DataFrame], right: tuple[Table, pd.DataFrame]) -> tuple[Table, pd.DataFrame]:
    """Adds the columns of the next table, by its key or by the order of rows."""
    (first, rows), (table, more) = left, right
    if table.on:
        more = more.drop_duplicates()
        twice = more.loc[more[table.on].duplicated(), table.on]
        if len(twice):
            raise LabelError(
                f"{table.paths[0]} says different things of {twice.iloc[0]}", remedy="Use the official file, unchanged."
            )
        return first, rows.merge(more, on=table.on, how="left")
    if len(rows) != len(more):
        raise LabelError(
            f"{table.paths[0]} has {len(more)} rows, but the file it belongs to has {len(rows)}",
            remedy="Use the official files of one release.",
        )
    return first, pd.concat([rows, more], axis=1)


def _translate(rows: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    for column, values in layout.values.items():
        rows = rows.assign(**{column: rows[column].map(lambda value, values=values: values.get(str(value), value))})
    for name, (template, pattern) in layout.parts.items():
        texts = [template.format_map(row) for row in _cells(rows)]
        rows = rows.assign(**{name: pd.Series(texts, index=rows.index).str.extract(pattern, expand=False)})
    return rows


def _cells(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in rows.to_dict("records")]


def _left_out(rows: pd.DataFrame, layout: Layout) -> pd.Series:
    rule = layout.left_out
    return rows[rule.column].astype(str).str.fullmatch(rule.pattern) if rule else pd.Series(False, index=rows.index)


def _records(entry: Dataset, layout: Layout, rows: pd.DataFrame) -> pd.DataFrame:
    cells = _cells(rows)
    names = [_filled(layout.file, row) or f"row {number}" for number, row in zip(rows.index + 1, cells, strict=True)]
    records = pd.DataFrame(
        {
            "image_id": [f"{entry.name}/{name}" for name in names],
            "dataset": entry.name,
            "family": entry.family,
            "content": [_content(entry, layout, row) for row in cells],
            "split": _splits(entry, layout, rows),
            "prompt": [_filled("{" + layout.prompt + "}", row) if layout.prompt in row else None for row in cells],
            "images": [tuple(filter(None, (_filled(image, row) for image in layout.images))) for row in cells],
        }
    )
    for score in layout.scores:
        records[score.mos] = numbers(rows[score.column])
        records[score.deviation] = _deviation(score, rows)
    return records


def _filled(template: str, row: dict[str, Any]) -> str | None:
    """The template with the cells of a row; ``None`` where one of them is empty."""
    needed = [name for _, name, _, _ in Formatter().parse(template) if name]
    return None if any(pd.isna(row[name]) for name in needed) else template.format_map(row)


def _content(entry: Dataset, layout: Layout, row: dict[str, Any]) -> str | None:
    text = _filled(layout.content, row)
    if text is None:
        return None
    match = re.fullmatch(layout.content_pattern, text)
    if not match:
        raise LabelError(
            f"{text!r} is no name of {entry.title}: its content cannot be told",
            remedy="Use the official label file, unchanged.",
        )
    return f"{entry.name}/{match[1]}"


def _splits(entry: Dataset, layout: Layout, rows: pd.DataFrame) -> Any:
    if entry.split_rule == "test":
        return "test"
    if layout.split not in rows:
        return ""
    return ["" if pd.isna(cell) else layout.splits.get(str(cell), str(cell)) for cell in rows[layout.split]]


def _deviation(score: ScoreColumn, rows: pd.DataFrame) -> np.ndarray:
    """The standard deviation in the score's own scale; a negative variance stays negative, so that it is noticed."""
    if score.std is None:
        return np.full(len(rows), np.nan)
    if score.std.form == "votes":
        votes = rows[[column for column in rows if re.fullmatch(score.std.column + r"\d+", str(column))]]
        return votes.apply(lambda vote: numbers(vote)).std(axis=1, ddof=1).to_numpy(float)
    if score.std.column not in rows:
        return np.full(len(rows), np.nan)
    values = numbers(rows[score.std.column])
    return np.sign(values) * np.sqrt(np.abs(values)) if score.std.form == "variance" else values
