"""How many pieces a file is made of, counted before Pillow takes them one by one.

The decoders' own work is bounded by the bytes and the pixels. What is not are the loops in Python over what stands
before the pixels (chunks, segments, blocks, tags), and the scans of a progressive JPEG, each of which goes through the
whole image and may take a few bytes.
"""

import re
from collections.abc import Callable, Iterator

from PIL.JpegImagePlugin import MARKER

STEPS = 250_000
"""Pieces of a file, each of which costs a microsecond or a few."""
BESIDES = 16_000_000
"""Bytes before the pixels: profiles, comments, previews."""
TAGS_AT_MOST = 4096
"""Most tags of a TIFF."""
SCANS, SCANNED = 100, 1_000_000_000
"""Scans of a JPEG, and pixels that all of them go through together."""

Piece = tuple[int, int]
"""Steps and bytes."""

_ALONE = {marker & 0xFF for marker, (_, _, handler) in MARKER.items() if handler is None}
"""Markers of a JPEG without a length."""
_NEXT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""A marker among the coded data of a JPEG."""
_SCAN, _END = 0xDA, 0xD9
_WIDTHS = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)
"""Bytes of a value, by TIFF's number of its type."""


def is_bounded(content: bytes) -> bool:
    """Whether a file has no more pieces, and no more bytes besides its pixels, than any camera or editor writes.

    A piece that claims to be larger than the file is damage, which the decoder will find.
    """
    steps, besides, most = 0, 0, len(content)
    for step, size in _pieces(content):
        steps, besides = steps + min(step, most), besides + min(size, most)
        if steps > STEPS or besides > BESIDES:
            return False
    return True


def scans(content: bytes) -> int:
    """How often the decoder of a JPEG goes through the whole image, more than ``SCANS`` told as one more."""
    if content.count(b"\xff\xda") <= 1:
        return 1
    count, place = 0, 0
    while count <= SCANS and (marker := _NEXT.search(content, place)):
        kind, place = content[marker.end() - 1], marker.end()
        if kind == _END:
            break
        count += kind == _SCAN
        if kind not in _ALONE:
            place += max(2, int.from_bytes(content[place : place + 2]))
    return count


def _pieces(content: bytes) -> Iterator[Piece]:
    for beginning, pieces in _KINDS.items():
        if content.startswith(beginning):
            yield from pieces(content)


def _png(content: bytes) -> Iterator[Piece]:
    place = 8
    while place < len(content):
        size, kind = int.from_bytes(content[place : place + 4]), content[place + 4 : place + 8]
        yield 1, 0 if kind in (b"IDAT", b"fdAT") else size
        place += 12 + size


def _jpeg(content: bytes) -> Iterator[Piece]:
    """The segments up to the first scan, and what stands between them, which Pillow skips byte by byte."""
    place = 2
    while (marker := content.find(b"\xff", place)) >= 0 and marker + 1 < len(content):
        yield 1 + marker - place, 1 + marker - place
        kind = content[marker + 1]
        if kind == _SCAN:
            return
        place = marker + 1 if kind == 0xFF else marker + 2
        if kind and kind != 0xFF and kind not in _ALONE:
            size = max(2, int.from_bytes(content[place : place + 2]))
            yield 1, size
            place += size
    rest = max(0, len(content) - place)
    yield rest, rest


def _gif(content: bytes) -> Iterator[Piece]:
    """The extensions before the first frame, in blocks of up to 255 bytes."""
    flags = int.from_bytes(content[10:11])
    place = 13 + (3 << (flags & 7) + 1) * (flags >> 7)
    while place < len(content) and content[place] not in b",;":
        yield 1, 1
        place += 2 if content[place] == ord("!") else 1
        if content[place - 2] != ord("!"):
            continue
        while size := int.from_bytes(content[place : place + 1]):
            yield 1, size
            place += 1 + size
        place += 1


def _tiff(content: bytes) -> Iterator[Piece]:
    """The tags of the first image; each is looked up, read and kept, so that ``TAGS_AT_MOST`` of them are all steps."""
    order = "little" if content[:1] == b"I" else "big"

    def number(start: int, size: int) -> int:
        return int.from_bytes(content[start : start + size], order)  # type: ignore[arg-type]

    wide = number(2, 2) == 43
    first = number(8, 8) if wide else number(4, 4)
    head, entry, width = (8, 20, 8) if wide else (2, 12, 4)
    count = number(first, head)
    for place in range(first + head, min(first + head + count * entry, len(content)), entry):
        kind, values = number(place + 2, 2), number(place + 4, width)
        size = _WIDTHS[kind] if kind < len(_WIDTHS) else 0
        yield STEPS // TAGS_AT_MOST + (values if size > 1 else 0), values * size


_KINDS: dict[bytes, Callable[[bytes], Iterator[Piece]]] = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8": _jpeg,
    b"GIF8": _gif,
    b"II": _tiff,
    b"MM": _tiff,
}
