"""The only way to open an image: what is let in, EXIF applied, in RGB, and one sentence for whatever is not.

A file costs at most its own bytes, and 16 bytes for each pixel that the bounds allow, in memory, and in time what these
take to decode. Animations and files of several images show the first one.
"""

import ctypes
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

from PIL import Image, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin
from PIL.ImageFile import ImageFile

from mgiqa.errors import ImageError
from mgiqa.images.bounds import DEFAULT, MAX_ASPECT, Bounds
from mgiqa.images.regular import check_size, read_regular
from mgiqa.images.resizing import Resizing, Size
from mgiqa.images.rgb import to_rgb
from mgiqa.images.structure import SCANNED, SCANS, is_bounded, scans

__all__ = ["check_image", "checked", "image_size", "open_image"]

_LOADED = (TiffImagePlugin, WebPImagePlugin)
"""Besides those that Pillow loads by itself; it would load all 43 to look for these two."""
_TITLES = {"WEBP": "WebP"}
_REPEATED = 8
"""How often the parts of an image may cover it: a plane of its own for each channel, and some room."""
_TIFF = frozenset({"raw", "tiff_ccitt", "group3", "group4", "tiff_lzw", "jpeg", "tiff_adobe_deflate", "tiff_deflate"})
_TIFF |= {"packbits", "tiff_raw_16"}
"""Compressions of a TIFF; the others are rare, and some may ask for gigabytes."""
_RUNS = 4_000_000
"""Pixels and bytes of a run-length coded BMP, which Pillow decodes in Python."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

warnings.filterwarnings("ignore", module=r"PIL\.")  # what a decoder thinks of a file is told by the error alone
logging.getLogger("PIL").addHandler(logging.NullHandler())
with suppress(AttributeError, OSError):  # a Pillow without libtiff
    ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler(None)  # it would print on standard error by itself


def open_image(
    source: Path | bytes,
    bounds: Bounds = DEFAULT,
    *,
    name: str = "",
    root: Path | None = None,
    resizing: Resizing | None = None,
) -> Image.Image:
    """Reads an image as it is meant to be looked at.

    Args:
        source: path, or content, of the file.
        bounds: what is let in.
        name: what to call it in a message; the name of the file by default.
        root: folder that the file must lie in, links followed.
        resizing: of the model that looks at it; an image that is far larger than it looks at is shrunk, and a JPEG is
            then not decoded more finely than that needs.

    Returns:
        An RGB image, upright.

    Raises:
        ImageError: it is absent, no regular file, in another format, damaged, too large, too long for its width, made
            to be expensive, or in a mode whose white is not known.
    """
    name = name or ("the image" if isinstance(source, bytes) else source.name)

    def look(image: ImageFile) -> Image.Image:
        turn = _orientation(image)
        size = _upright(image.size, turn)
        if resizing and (scale := resizing.scale(size)) > 1:
            image.draft(None, (image.width // scale, image.height // scale))
        image.load()
        rgb = to_rgb(image, name)
        rgb = rgb.transpose(_TURNS[turn]) if turn in _TURNS else rgb
        return resizing.shrink(rgb, size) if resizing else rgb

    return _decoded(source, bounds, name, root, look)


def check_image(source: Path, bounds: Bounds = DEFAULT) -> None:
    """Refuses what ``open_image`` refuses, for less.

    A JPEG is decoded at an eighth of its size: all of its data are read, which is where damage shows, but most of the
    arithmetic that makes pixels of them is left out.

    Raises:
        ImageError: as ``open_image``.
    """

    def look(image: ImageFile) -> Image.Image:
        image.draft(None, (1, 1))
        image.load()
        return to_rgb(image, source.name)

    _decoded(source, bounds, source.name, None, look)


def checked(
    image: Image.Image, bounds: Bounds = DEFAULT, name: str = "the image", resizing: Resizing | None = None
) -> Image.Image:
    """An image that somebody else has opened, in RGB; ``resizing`` as in ``open_image``.

    Raises:
        ImageError: its size or mode is refused, or its file is damaged.
    """
    with _sentences(name, bounds):
        _check_shape(image.size, bounds, name)
        image.load()
        rgb = to_rgb(image, name)
        return resizing.shrink(rgb, rgb.size) if resizing else rgb


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height as the image is looked at (EXIF applied), from its header; ``None`` if it has none.

    The pixels are not decoded: a damaged image may well have a size.
    """
    try:
        with _sentences("", DEFAULT), _recognized(content, DEFAULT, "") as image:
            return _upright(image.size, _orientation(image))
    except ImageError:
        return None


def _decoded(
    source: Path | bytes, bounds: Bounds, name: str, root: Path | None, look: Callable[[ImageFile], Image.Image]
) -> Image.Image:
    """What ``look`` makes of a file whose claims are no larger than the bounds."""
    if isinstance(source, bytes):
        check_size(len(source), bounds.size, name)
        content = source
    else:
        content = read_regular(source, bounds.size, name=name, root=root)
    with _sentences(name, bounds), _recognized(content, bounds, name) as image:
        _check_claims(image, content, bounds, name)
        return look(image)


@contextmanager
def _sentences(name: str, bounds: Bounds) -> Iterator[None]:
    """Turns whatever a decoder or the system raises into one fixed sentence."""
    try:
        yield
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        kinds = ", ".join(_TITLES.get(form, form) for form in bounds.formats)
        raise ImageError(f"{name} is no image in a format that is read ({kinds})", remedy="Replace it.") from error
    except Image.DecompressionBombError as error:
        raise _too_large(name, f"its header asks for more than {bounds.pixels:,} pixels") from error
    except MemoryError as error:
        raise ImageError(f"{name} needs more memory than there is", remedy="Save it smaller.") from error
    except Exception as error:
        raise ImageError(f"{name} is damaged", remedy="Download or unpack it again.") from error


def _recognized(content: bytes, bounds: Bounds, name: str) -> ImageFile:
    if not is_bounded(content):
        raise _too_large(name, "it has far more parts, or bytes besides its pixels, than an image needs")
    return Image.open(BytesIO(content), formats=bounds.formats)


def _check_claims(image: ImageFile, content: bytes, bounds: Bounds, name: str) -> None:
    """Refuses by the header alone what would cost more than its pixels."""
    _check_shape(image.size, bounds, name)
    pixels = image.width * image.height
    if image.format in ("JPEG", "MPO") and not (passes := scans(content)) <= min(SCANS, SCANNED // pixels):
        raise _too_large(name, f"it goes through its {pixels:,} pixels {passes} times or more")
    covered = sum(_area(tile.extents) for tile in image.tile if tile.extents)
    if covered > _REPEATED * pixels:
        raise _too_large(name, "its parts cover it many times")
    if image.format == "TIFF":
        _check_tiff(image, bounds, name)
    if image.format == "BMP" and image.info.get("compression") in (1, 2) and max(pixels, len(content)) > _RUNS:
        raise _too_large(name, f"it is coded by runs, and larger than {_RUNS:,} pixels or bytes")


def _area(extents: tuple[int, int, int, int]) -> int:
    left, upper, right, lower = extents
    return max(0, right - left) * max(0, lower - upper)


def _check_tiff(image: Image.Image, bounds: Bounds, name: str) -> None:
    if image.info.get("compression") not in _TIFF:
        raise ImageError(f"{name} is compressed in a way that is not read", remedy="Save it anew.")
    tags = image.tag_v2  # type: ignore[attr-defined]
    width, height = (tags.get(tag, 1) for tag in (TiffImagePlugin.TILEWIDTH, TiffImagePlugin.TILELENGTH))
    if width * height > bounds.pixels:
        raise _too_large(name, f"one tile of it has more than {bounds.pixels:,} pixels")


def _check_shape(size: tuple[int, int], bounds: Bounds, name: str) -> None:
    width, height = size
    if width * height > bounds.pixels:
        raise _too_large(name, f"{width} × {height} pixels, the limit is {bounds.pixels:,}")
    if max(size) > MAX_ASPECT * min(size):
        raise _too_large(name, f"{width} × {height} pixels, more than {MAX_ASPECT} times as long as wide")


def _upright(size: Size, turn: int) -> Size:
    """Width and height after a turn of EXIF's number."""
    width, height = size
    return (height, width) if turn >= 5 else (width, height)


def _orientation(image: Image.Image) -> int:
    """EXIF's number of how the camera was held, 1 to 8; 1 where nothing or nonsense is said."""
    with suppress(Exception):
        tag = image.getexif().get(0x0112)
        return int(tag) if tag in _TURNS else 1
    return 1


def _too_large(name: str, detail: str) -> ImageError:
    return ImageError(f"{name} is refused undecoded: {detail}", remedy="Save it smaller.")
