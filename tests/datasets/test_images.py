"""Opening images: one rule for every mode, limits that hold, and one sentence for what cannot be opened."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgiqa.datasets.images import check_image, image_size, open_image
from mgiqa.errors import ImageError
from tests.datasets.layouts import write_image

RED, BLUE = (200, 30, 30), (20, 40, 220)


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """The first bytes of a PNG that claims a size and holds nothing."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    data = b"IDAT" + zlib.compress(b"\0")
    return header + struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))


def color(image: Image.Image) -> tuple[int, ...]:
    assert image.mode == "RGB"
    pixel = image.getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel


def test_an_image_turned_by_its_camera_is_put_upright() -> None:
    image = Image.new("RGB", (40, 20), RED)
    image.putpixel((0, 0), BLUE)
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(image, exif=exif)
    upright = open_image(content)
    assert upright.size == (20, 40) == image_size(content)
    assert upright.getpixel((19, 0)) == BLUE


def test_an_invalid_orientation_is_no_orientation() -> None:
    exif = Image.Exif()
    exif[0x0112] = 0
    assert open_image(encoded(Image.new("RGB", (40, 20), RED), exif=exif)).size == (40, 20)


def test_transparency_lies_over_white() -> None:
    assert color(open_image(encoded(Image.new("RGBA", (4, 4), (*RED, 0))))) == (255, 255, 255)
    assert color(open_image(encoded(Image.new("RGBA", (4, 4), (*RED, 255))))) == RED
    assert color(open_image(encoded(Image.new("LA", (4, 4), (90, 0))))) == (255, 255, 255)


def test_a_palette_is_looked_up_and_its_transparent_color_lies_over_white() -> None:
    palette = Image.new("RGB", (4, 4), BLUE).convert("P", palette=Image.Palette.ADAPTIVE)
    assert color(open_image(encoded(palette))) == BLUE
    index = palette.getpixel((0, 0))
    assert color(open_image(encoded(palette, transparency=index))) == (255, 255, 255)


@pytest.mark.parametrize(("mode", "value"), [("L", 77), ("1", 255)])
def test_gray_is_the_same_in_all_channels(mode: str, value: int) -> None:
    assert color(open_image(encoded(Image.new(mode, (4, 4), value)))) == (value,) * 3


def test_sixteen_bits_keep_their_upper_eight() -> None:
    deep = np.full((4, 4), 0x9CFF, dtype=np.uint16)
    assert color(open_image(encoded(Image.fromarray(deep)))) == (0x9C,) * 3


def test_cmyk_becomes_rgb() -> None:
    red, green, blue = color(open_image(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")))
    assert red > 240 and green < 20 and blue < 20


def test_floating_point_has_no_known_white() -> None:
    with pytest.raises(ImageError, match="unknown range"):
        open_image(encoded(Image.fromarray(np.zeros((4, 4), np.float32)), "TIFF"))


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(ImageError, match=r"bomb.png is refused undecoded: 9000 × 9000 pixels"):
        open_image(png_header(9_000, 9_000), name="bomb.png")
    with pytest.raises(ImageError, match="is refused undecoded"):
        open_image(png_header(60_000, 60_000))


def test_the_limits_are_settings() -> None:
    content = encoded(Image.new("RGB", (40, 20), RED))
    with pytest.raises(ImageError, match="the limit is 799"):
        open_image(content, max_pixels=799)
    with pytest.raises(ImageError, match="more than 10"):
        open_image(content, max_bytes=10)
    assert open_image(content, max_pixels=800).size == (40, 20)


def test_a_truncated_file_is_damaged_and_not_half_gray(tmp_path: Path) -> None:
    file = write_image(tmp_path / "a.jpg", size=(200, 200))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert image_size(file.read_bytes()) == (200, 200)
    with pytest.raises(ImageError, match=r"a\.jpg is damaged"):
        open_image(file)


@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {"lossless": True})]
)
def test_the_quick_check_refuses_what_opening_refuses(tmp_path: Path, form: str, options: dict[str, bool]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (61, 83, 3), dtype=np.uint8)
    whole = encoded(Image.fromarray(noise), form, **options)
    refusals = []
    for length in [*range(0, len(whole), len(whole) // 40), len(whole) - 12, len(whole)]:
        file = tmp_path / "a"
        file.write_bytes(whole[:length])
        said = []
        for look in (open_image, check_image):
            try:
                look(file)
                said.append("")
            except ImageError as error:
                said.append(str(error))
        assert said[0] == said[1], f"cut after {length} of {len(whole)} bytes"
        refusals.append(bool(said[0]))
    assert all(refusals[:-2]) and not refusals[-1]


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>"])
def test_what_is_no_image_says_so(content: bytes) -> None:
    assert image_size(content) is None
    with pytest.raises(ImageError, match="is no image"):
        open_image(content)


def test_an_absent_image_says_so(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="is not there"):
        open_image(tmp_path / "a.png")


def test_an_animation_shows_its_first_frame() -> None:
    frames = [Image.new("RGB", (8, 8), RED), Image.new("RGB", (8, 8), BLUE)]
    red, _, blue = color(open_image(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])))
    assert red > blue


def test_a_photograph_of_spaq_that_lies_on_its_side_stands_up(real_data: Path) -> None:
    assert open_image(real_data / "images" / "benchmark_samples" / "SPAQ" / "00008.jpg").size == (3024, 4032)
