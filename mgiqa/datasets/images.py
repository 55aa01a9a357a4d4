"""The only way to open an image: EXIF applied, every mode turned into RGB by one rule, limits kept.

How a mode becomes 8-bit RGB:

* grayscale, bilevel: the value in all three channels;
* palette, and anything with transparency: laid over white;
* 16-bit grayscale: the upper 8 of the 16 bits (Pillow reads 16-bit color that way itself);
* CMYK, YCbCr, HSV: Pillow's conversion, without color management;
* Lab, 32-bit integers beyond 16 bits and floating point: refused, since their white is not known;
* animations: the first frame.
"""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mgiqa.errors import ImageError

MAX_PIXELS = 50_000_000
MAX_BYTES = 200_000_000
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, struct.error)
"""What Pillow's decoders raise on damaged files."""


def open_image(
    source: Path | bytes, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES, name: str = ""
) -> Image.Image:
    """Reads an image as it is meant to be looked at.

    Args:
        source: path, or content, of the file.
        max_pixels: images with more pixels are refused before they are decoded.
        max_bytes: larger files are refused unread.
        name: what to call it in a message; the path by default.

    Returns:
        An RGB image, upright.

    Raises:
        ImageError: it is absent, damaged, too large, or in a mode whose white is not known.
    """
    return _decoded(source, max_pixels, max_bytes, name, small=False)


def check_image(source: Path, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES) -> None:
    """Refuses what ``open_image`` refuses, for less.

    A JPEG is decoded at an eighth of its size: all of its data are read, which is where damage shows, but most of the
    arithmetic that makes pixels of them is left out.

    Raises:
        ImageError: as ``open_image``.
    """
    _decoded(source, max_pixels, max_bytes, "", small=True)


def _decoded(source: Path | bytes, max_pixels: int, max_bytes: int, name: str, *, small: bool) -> Image.Image:
    name = name or (source.name if isinstance(source, Path) else "the image")
    content = _content(source, max_bytes, name)
    try:
        with Image.open(BytesIO(content)) as image:
            _check_size(image.size, max_pixels, name)
            if small:
                image.draft(None, (1, 1))
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return to_rgb(image, name)
    except UnidentifiedImageError as error:
        raise ImageError(f"{name} is no image that Pillow knows", remedy="Replace the file.") from error
    except Image.DecompressionBombError as error:
        raise _too_large(name, str(error)) from error
    except _BROKEN as error:
        raise ImageError(f"{name} is damaged: {error}", remedy="Download or unpack it again.") from error


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height as the image is looked at (EXIF applied), from its header; ``None`` if it has none.

    The pixels are not decoded: a damaged image may well have a size.
    """
    try:
        with Image.open(BytesIO(content)) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112) in (5, 6, 7, 8)
            return (height, width) if turned else (width, height)
    except (UnidentifiedImageError, Image.DecompressionBombError, *_BROKEN):
        return None


def to_rgb(image: Image.Image, name: str = "the image") -> Image.Image:
    """Turns any mode into RGB by the rule at the top of this file.

    Raises:
        ImageError: the mode has no known white.
    """
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode == "F" or (image.mode == "I" and int(image.getextrema()[1]) > 0xFFFF):  # type: ignore[arg-type]
        raise ImageError(f"{name} has pixels of an unknown range (mode {image.mode})", remedy="Save it as 8-bit RGB.")
    if image.mode.startswith("I"):
        high = (np.asarray(image).astype(np.int64) >> 8).astype(np.uint8)
        return Image.fromarray(high, "L").convert("RGB")
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), layered).convert("RGB")
    return image.convert("RGB")


def _content(source: Path | bytes, max_bytes: int, name: str) -> bytes:
    if isinstance(source, bytes):
        size = len(source)
    else:
        try:
            size = source.stat().st_size
        except OSError as error:
            raise ImageError(f"{source} is not there", remedy="Check the path.") from error
    if size > max_bytes:
        raise ImageError(f"{name} has {size:,} bytes, more than {max_bytes:,}", remedy="Save it smaller.")
    return source if isinstance(source, bytes) else source.read_bytes()


def _check_size(size: tuple[int, int], max_pixels: int, name: str) -> None:
    width, height = size
    if width * height > max_pixels:
        raise _too_large(name, f"{width} × {height} pixels, the limit is {max_pixels:,}")


def _too_large(name: str, detail: str) -> ImageError:
    return ImageError(f"{name} is refused undecoded: {detail}", remedy="Save it smaller, or raise max_pixels.")
