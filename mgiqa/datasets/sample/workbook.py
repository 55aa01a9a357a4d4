"""Excel workbooks that are byte for byte the same for the same cells."""

import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from mgiqa.errors import MissingExtra

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
