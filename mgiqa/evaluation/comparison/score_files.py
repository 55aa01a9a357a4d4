"""Tables that anybody made: csv, tsv, parquet or JSON, read with a sentence for everything that can be wrong."""

import difflib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mgiqa.errors import LabelError, SourceError

DELIMITERS = (",", ";", "\t")


def read_score_file(path: Path) -> pd.DataFrame:
    """Reads a table by the ending of its name.

    Raises:
        SourceError: there is no such file, or its form is not read.
        LabelError: it cannot be read, or has no rows.
    """
    if not path.is_file():
        raise SourceError(f"{path} is not a file", remedy="Name a table of predictions.")
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise SourceError(
            f"{path.name} ends in {path.suffix or 'nothing'}, a form that is not read",
            remedy=f"Use one of {', '.join(READERS)}.",
        )
    try:
        table = read(path)
    except pd.errors.EmptyDataError:
        raise LabelError(f"{path.name} is empty", remedy="Give one row per image.") from None
    except (OSError, ValueError, TypeError) as error:  # what json, pandas and pyarrow raise on damaged files
        detail = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
        form = path.suffix[1:].lower()
        raise LabelError(f"{path.name} cannot be read as {form}: {detail}", remedy="Export it again.") from None
    if table.empty:
        raise LabelError(f"{path.name} has no rows", remedy="Give one row per image.")
    return table


def keep_rows(table: pd.DataFrame, conditions: Mapping[str, str], name: str) -> pd.DataFrame:
    """The rows whose cells, as text, equal the ``conditions`` (column → value).

    Raises:
        LabelError: a column is missing, or no row is left.
    """
    for column, value in conditions.items():
        cells = column_of(table, column, name).astype(str)
        kept = table[cells == value]
        if kept.empty:
            values = ", ".join(map(repr, cells.unique()[:5]))
            raise LabelError(f"{name} has no row with {column} = {value!r}", remedy=f"Values there are {values}.")
        table = kept
    return table


def column_of(table: pd.DataFrame, column: str, name: str, remedy: str = "") -> pd.Series:
    """One column; ``remedy`` is what to say after a guess if it is not there.

    Raises:
        LabelError: it is not there; the message names those that are.
    """
    if column in table:
        return table[column]
    columns = [str(other) for other in table.columns]
    near = difflib.get_close_matches(column, columns, n=1)
    raise LabelError(
        f"{name} has no column {column!r}; its columns are {', '.join(map(repr, columns[:20]))}",
        remedy=" ".join([*(f"Did you mean {other}?" for other in near), remedy]).strip() or "Name one of them.",
    )


def numbers_of(table: pd.DataFrame, column: str, name: str) -> npt.NDArray[np.float64]:
    """One column as numbers (n,); NaN where a cell is empty.

    Raises:
        LabelError: it is not there, or a cell is no number; the message names the first such row.
    """
    cells = column_of(table, column, name)
    if cells.dtype.kind in "bmM":
        raise LabelError(f"{column} of {name} holds {cells.dtype} values, not numbers", remedy="Name another column.")
    numbers = pd.to_numeric(cells, errors="coerce")
    wrong = np.flatnonzero(numbers.isna() & cells.notna())
    if len(wrong):
        first, rows = int(wrong[0]), "row" if len(wrong) == 1 else "rows"
        raise LabelError(
            f"{name}, row {first + 1}: {column} is {str(cells.iloc[first])!r}, not a number ({len(wrong)} such {rows})",
            remedy="Leave a cell empty where there is no value.",
        )
    return numbers.to_numpy(np.float64, na_value=np.nan)


def names_of(table: pd.DataFrame, column: str, name: str) -> list[str | None]:
    """One column as text (n,); None where a cell is empty.

    Raises:
        LabelError: it is not there.
    """
    cells = column_of(table, column, name)
    return [None if missing else str(cell) for cell, missing in zip(cells, cells.isna(), strict=True)]


def _read_text(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig") as stream:
        header = stream.readline()
    return pd.read_csv(path, sep=max(DELIMITERS, key=header.count), encoding="utf-8-sig")


def _read_json(path: Path) -> pd.DataFrame:
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    if isinstance(content, list) and all(isinstance(row, dict) for row in content):
        return pd.DataFrame.from_records(content)
    if isinstance(content, dict) and all(isinstance(column, list) for column in content.values()):
        return pd.DataFrame(content)
    raise ValueError("it is neither a list of rows nor a mapping from columns to lists")


def _read_lines(path: Path) -> pd.DataFrame:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return pd.DataFrame.from_records([json.loads(line) for line in lines if line.strip()])


READERS: Mapping[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _read_text,
    ".tsv": _read_text,
    ".parquet": pd.read_parquet,
    ".json": _read_json,
    ".jsonl": _read_lines,
}
"""Ending of a file's name → what reads it."""
