"""Writing the files of a dataset: images, CSV tables and workbooks, the same content as the same bytes."""

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mgiqa.errors import MissingExtra


def write_csv(path: Path, rows: Iterable[Sequence[str | float]], ending: str = "\n") -> None:
    """Writes ``rows``, header first; fields are quoted only where they must be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator=ending).writerows(rows)


def write_picture(pixels: NDArray[np.float64], path: Path) -> None:
    """Writes pixels in [0, 1], shape (h, w, 3), as PNG or, at quality 95 with full color, JPEG; by the suffix."""
    image = Image.fromarray(np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8))
    options: dict[str, Any] = {"quality": 95, "subsampling": 0} if path.suffix == ".jpg" else {"compress_level": 6}
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


EPOCH = datetime.datetime(2020, 1, 1)


def write_workbook(path: Path, rows: Iterable[Sequence[str | float]]) -> None:
    """Writes ``rows`` into the sheet ``Sheet1``, with fixed times and without compression.

    A workbook is a zip archive; its times would follow the clock and its compression the zlib of the machine.

    Raises:
        MissingExtra: openpyxl is not installed.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtra(
            "the sample of SPAQ needs openpyxl, which is not installed",
            remedy="Install it with: pip install 'mgiqa[data]'",
        ) from error
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    path.parent.mkdir(parents=True, exist_ok=True)
    _repack(stream, path)


def _repack(stream: io.BytesIO, path: Path) -> None:
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, (EPOCH.year, EPOCH.month, EPOCH.day, 0, 0, 0))
            target.writestr(entry, _timeless(source.read(name)))


def _timeless(content: bytes) -> bytes:
    stamp = EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
