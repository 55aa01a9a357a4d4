"""Label files of any form → tables of text and numbers under working names."""

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from pyarrow.lib import ArrowException

from mgiqa.datasets.catalogue.facts import Table
from mgiqa.errors import LabelError, MissingExtra

FILE_COLUMN = "@file"
_DAMAGES = (
    OSError, ValueError, TypeError, AttributeError, LookupError, EOFError, ArithmeticError, MemoryError, RuntimeError,
    zlib.error, struct.error, ArrowException,
)  # fmt: skip
"""What readers of binary files raise on damaged ones; they check little, and stumble."""
_DETAIL = 120
"""Letters of what a reader says."""
_HDF5 = b"\x89HDF\r\n\x1a\n"
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "=": "equals sign", "|": "bar", " ": "blank"}


def locate(table: Table, root: Path) -> list[Path]:
    """The files of ``table`` below ``root``, sorted; empty where there is none."""
    for path in table.paths:
        files = sorted(root.glob(path)) if "*" in path else [root / path]
        if files and all(file.is_file() for file in files):
            return files
    return []


def read_label_file(table: Table, root: Path) -> pd.DataFrame:
    """Reads ``table``: one column per working name, cells as text or numbers, empty cells as missing.

    Raises:
        LabelError: a file is absent, unreadable or without rows, or it lacks a column and the message says what it has.
        MissingExtra: the package that reads this form is not installed.
    """
    if table.form == "blocks":
        rows = [(block, number) for block, count in table.blocks for number in range(1, count + 1)]
        return pd.DataFrame(rows, columns=["block", "number"]).assign(row=range(len(rows)))
    files = locate(table, root)
    if not files:
        raise LabelError(f"{root} has no {' or '.join(table.paths)}", remedy="Name the folder that holds it.")
    parts = [_pick(_READERS[table.form](file, table).assign(**{FILE_COLUMN: file.stem}), table, file) for file in files]
    content = pd.concat(parts, ignore_index=True)
    if content.empty:
        raise LabelError(
            f"{files[0].name} has no rows below its header", remedy="Give one row per image, or download it again."
        )
    return content


def _pick(content: pd.DataFrame, table: Table, file: Path) -> pd.DataFrame:
    """Renames the columns that the table names, and leaves the others."""
    alike = {
        name: [column for column in content if str(column).startswith(table.series[name])] for name in table.series
    }
    absent = [str(column) for column in table.columns.values() if column not in content]
    absent += [f"{table.series[name]}…" for name, columns in alike.items() if not columns]
    if absent:
        raise LabelError(f"{file.name} {_what_is_missing(absent, content, table)}", remedy=_hint(file, content, table))
    stated: dict[str, Any] = {**table.columns, **table.maybe}
    named = {name: column for name, column in stated.items() if column in content}
    named |= {f"{name}{number}": column for name, several in alike.items() for number, column in enumerate(several, 1)}
    return pd.DataFrame({name: content[column] for name, column in named.items()})


def _what_is_missing(absent: list[str], content: pd.DataFrame, table: Table) -> str:
    has = ", ".join(repr(str(column)) for column in content.columns if column != FILE_COLUMN)
    where = f" in sheet {table.sheet}" if table.sheet else ""
    return f"has no column {', '.join(repr(name) for name in absent)}{where}; its columns are {has}"


def _hint(file: Path, content: pd.DataFrame, table: Table) -> str:
    """A guess at the cause: another delimiter, or another file."""
    if table.form == "text" and content.shape[1] == 2:
        only = str(content.columns[0])
        for mark, name in _DELIMITERS.items():
            if mark in only and mark != table.delimiter:
                expected = _DELIMITERS.get(table.delimiter, table.delimiter)
                return f"Values seem to be separated by {name}, not by {expected}; use the official file."
    return f"Use the official {file.name}, unchanged."


def _read_text(file: Path, table: Table) -> pd.DataFrame:
    try:
        return pd.read_csv(
            file,
            sep=_separator(table.delimiter),
            engine="c" if len(table.delimiter) == 1 else "python",
            header=0 if _named(table) else None,
            skiprows=table.header,
            dtype=str,
            encoding="utf-8-sig",
            keep_default_na=False,
            na_values=[""],
        )
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise _unreadable(file, error, "as text") from error


def _separator(delimiter: str) -> str:
    if len(delimiter) == 1 and delimiter != " ":
        return delimiter
    return "|".join(r"\s+" if mark == " " else re.escape(mark) for mark in delimiter)


def _read_excel(file: Path, table: Table) -> pd.DataFrame:
    unreadable = _spreadsheet_errors(file)
    try:
        with pd.ExcelFile(file) as book:
            sheet = table.sheet or book.sheet_names[0]
            if sheet not in book.sheet_names:
                raise LabelError(
                    f"{file.name} has no sheet {sheet!r}; its sheets are {', '.join(map(repr, book.sheet_names))}",
                    remedy=f"Use the official {file.name}, unchanged.",
                )
            content = book.parse(sheet, skiprows=table.header, header=0 if _named(table) else None)
    except unreadable as error:
        raise _unreadable(file, error, "as a spreadsheet") from error
    return content.map(_whole)


def _spreadsheet_errors(file: Path) -> tuple[type[Exception], ...]:
    """What the readers of xls and xlsx raise on damaged files."""
    try:
        import openpyxl  # noqa: F401
        from xlrd import XLRDError
        from xlrd.compdoc import CompDocError
    except ImportError as error:
        raise MissingExtra(f"{file.name} needs {error.name}", remedy="Install mgiqa[data].") from error
    return (*_DAMAGES, SyntaxError, AssertionError, BadZipFile, XLRDError, CompDocError)


def _named(table: Table) -> bool:
    return all(isinstance(column, str) for column in table.columns.values())


def _whole(value: Any) -> Any:
    """Spreadsheets keep ``1`` as ``1.0``; a whole number is a whole number again, so that names can be made of it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read_mat(file: Path, table: Table) -> pd.DataFrame:
    variables = _mat_variables(file, [str(column) for column in table.columns.values()])
    columns = {name: _cells(value) for name, value in variables.items()}
    if len({len(cells) for cells in columns.values()}) > 1:
        lengths = ", ".join(f"{name} {len(cells)}" for name, cells in columns.items())
        raise LabelError(f"{file.name} holds variables of different length: {lengths}", remedy="Use the official file.")
    return pd.DataFrame(columns)


def _mat_variables(file: Path, names: list[str]) -> Mapping[str, np.ndarray]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        with file.open("rb") as stream:
            if _HDF5 in stream.read(1024):
                return _mat73_variables(file, names)
        content = loadmat(file)
    except (OSError, ValueError, TypeError, IndexError, zlib.error, MatReadError) as error:
        raise _unreadable(file, error, "as a MATLAB file") from error
    return {name: value for name, value in content.items() if not name.startswith("__")}


def _mat73_variables(file: Path, names: list[str]) -> Mapping[str, np.ndarray]:
    """Variables of a MATLAB 7.3 file, which is HDF5."""
    try:
        import h5py
    except ImportError as error:
        raise MissingExtra(f"{file.name} is a MATLAB 7.3 file and needs h5py", remedy="Install mgiqa[data].") from error
    try:
        with h5py.File(file) as content:
            return {name: _hdf5_cells(content, content[name]) for name in names if name in content}
    except OSError as error:
        raise _unreadable(file, error, "as a MATLAB 7.3 file") from error


def _hdf5_cells(content: Any, variable: Any) -> np.ndarray:
    """Numbers as they are; a cell array of names as text."""
    if variable.dtype != object:
        return np.asarray(variable)
    names = ["".join(map(chr, np.asarray(content[cell]).ravel())) for cell in np.asarray(variable).ravel()]
    return np.array(names, dtype=object)


def _cells(value: np.ndarray) -> list[Any]:
    """A vector or cell array of any orientation as a plain list."""
    return [cell.item() if isinstance(cell, np.ndarray) else cell for cell in np.asarray(value).ravel()]


def _read_parquet(file: Path, table: Table) -> pd.DataFrame:
    try:
        return pd.read_parquet(file)
    except _DAMAGES as error:
        raise _unreadable(file, error, "as parquet") from error


def _unreadable(file: Path, error: BaseException, how: str) -> LabelError:
    detail = str(error).splitlines()[0] if str(error) else type(error).__name__
    detail = detail if len(detail) <= _DETAIL else f"{detail[:_DETAIL]}…"  # some repeat the bytes that they read
    return LabelError(f"{file.name} cannot be read {how}: {detail}", remedy="Download or unpack it again.")


_READERS: Mapping[str, Callable[[Path, Table], pd.DataFrame]] = {
    "text": _read_text,
    "excel": _read_excel,
    "mat": _read_mat,
    "parquet": _read_parquet,
}


def numbers(column: Iterable[Any]) -> np.ndarray:
    """Cells as floats; what is no number becomes missing, which validation counts and sets aside."""
    return pd.to_numeric(pd.Series(list(column)), errors="coerce").to_numpy(float)
