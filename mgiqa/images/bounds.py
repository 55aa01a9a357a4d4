"""What an image may be: its format, and how large."""

from dataclasses import dataclass

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
"""Pillow's names of the formats that are read. It knows 43, some of which start other programs or run for minutes."""
SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
"""By which their files are found in a folder; what a file is, its content tells."""
MAX_PIXELS = 50_000_000
MAX_BYTES = 200_000_000
MAX_ASPECT = 200
"""Longer side over shorter side: the most that the processor of Qwen2.5-VL takes."""


@dataclass(frozen=True)
class Bounds:
    """What is let in.

    Attributes:
        formats: Pillow's names; more of them only for files that one trusts.
        pixels: an image with more is refused undecoded.
        size: bytes of the file; a larger one is refused unread.
    """

    formats: tuple[str, ...] = FORMATS
    pixels: int = MAX_PIXELS
    size: int = MAX_BYTES


DEFAULT = Bounds()
