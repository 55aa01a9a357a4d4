"""Small files that would cost much: each is well formed enough for Pillow to begin with."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))


def encoded(form: str, **options: object) -> bytes:
    buffer = BytesIO()
    NOISE.save(buffer, form, **options)
    return buffer.getvalue()


def progressive(scans: int) -> bytes:
    """A JPEG whose last scan is repeated."""
    whole = encoded("JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    usual = whole.count(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * (scans - usual) + whole[-2:]


def segments(count: int, size: int = 0) -> bytes:
    """A JPEG with comments."""
    whole = encoded("JPEG")
    return whole[:2] + (b"\xff\xfe" + struct.pack(">H", size + 2) + bytes(size)) * count + whole[2:]


def filled(count: int, filling: bytes) -> bytes:
    """A JPEG with bytes between its segments."""
    whole = encoded("JPEG")
    return whole[:2] + filling * count + whole[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def chunks(count: int, size: int = 0) -> bytes:
    """A PNG with chunks that nobody needs, before its pixels."""
    whole = encoded("PNG")
    return whole[:33] + chunk(b"spAm", bytes(size)) * count + whole[33:]


def blocks(count: int, size: int = 1) -> bytes:
    """A GIF with a long comment before its first frame."""
    whole = encoded("GIF")
    start = whole.index(b",", 13 + 768)
    return whole[:start] + b"!\xfe" + (bytes([size]) + bytes(size)) * count + b"\0" + whole[start:]


def tiff(tags: dict[int, tuple[int, int, int]], size: tuple[int, int] = (64, 64), pixels: bytes = bytes(4096)) -> bytes:
    """A gray TIFF of one strip with some tags (type, count, value or place) added or replaced."""
    width, height = size
    own = {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, 1, 8),
        259: (3, 1, 1),
        262: (3, 1, 1),
        273: (4, 1, 8),
        277: (3, 1, 1),
        278: (4, 1, height),
        279: (4, 1, len(pixels)),
    } | tags
    entries = b"".join(
        struct.pack("<HHII", tag, *own[tag])  # little-endian, so that a short stands at the front of its four bytes
        for tag in sorted(own)
    )
    return b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + struct.pack("<H", len(own)) + entries + bytes(4)


def runs(side: int) -> bytes:
    """A BMP coded by runs of one pixel."""
    body = (b"\x01\x00" * side + bytes(2)) * side + b"\x00\x01"
    palette = b"".join(bytes([index, index, 255 - index, 0]) for index in range(256))
    header = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(body), 0, 0, 256, 0)
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + header + palette + body
