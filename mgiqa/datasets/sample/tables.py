"""CSV tables with the line ends that the official file has."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path


def write_table(path: Path, rows: Iterable[Sequence[str | float]], ending: str = "\n") -> None:
    """Writes ``rows``, header first; fields are quoted only where they must be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator=ending).writerows(rows)
