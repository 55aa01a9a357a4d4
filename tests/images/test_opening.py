"""Opening images: one rule for every mode, limits that hold, and one sentence for what cannot be opened."""

import re
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgiqa.errors import ImageError
from mgiqa.images.bounds import Bounds
from mgiqa.images.opening import check_image, checked, image_size, open_image
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
        open_image(content, Bounds(pixels=799))
    with pytest.raises(ImageError, match="more than 10 bytes"):
        open_image(content, Bounds(size=10))
    assert open_image(content, Bounds(pixels=800)).size == (40, 20)


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
    with pytest.raises(ImageError, match="is no image in a format that is read"):
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


@pytest.mark.parametrize("form", ["EPS", "PPM", "TGA", "ICO", "PCX", "JPEG2000", "AVIF", "DDS", "SGI", "IM", "PDF"])
def test_other_formats_are_told_by_what_they_hold_and_not_by_their_name(tmp_path: Path, form: str) -> None:
    """An EPS named .jpg would start Ghostscript."""
    (tmp_path / "photo.jpg").write_bytes(encoded(Image.new("RGB", (40, 20), RED), form))
    with pytest.raises(ImageError) as refused:
        open_image(tmp_path / "photo.jpg")
    formats = "JPEG, PNG, WebP, TIFF, BMP, GIF"
    assert str(refused.value) == f"photo.jpg is no image in a format that is read ({formats}). Replace it."


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_every_format_of_the_list_is_read(form: str) -> None:
    assert open_image(encoded(Image.new("RGB", (40, 20), RED), form)).size == (40, 20)


def test_more_formats_are_read_where_they_are_asked_for() -> None:
    content = encoded(Image.new("RGB", (40, 20), RED), "PPM")
    assert color(open_image(content, Bounds(formats=("PPM",)))) == RED


@pytest.mark.parametrize(("size", "let_in"), [((200, 1), True), ((201, 1), False), ((3, 600), True), ((3, 601), False)])
def test_no_side_is_more_than_200_times_the_other(tmp_path: Path, size: tuple[int, int], let_in: bool) -> None:
    image = Image.new("RGB", size, RED)
    image.save(tmp_path / "long.png")
    for look in (open_image, check_image, lambda path: checked(Image.open(path))):
        if let_in:
            look(tmp_path / "long.png")
        else:
            with pytest.raises(ImageError, match=f"{size[0]} × {size[1]} pixels, more than 200 times as long as wide"):
                look(tmp_path / "long.png")


def test_lab_has_no_known_white() -> None:
    with pytest.raises(ImageError, match=r"unknown range \(mode LAB\)"):
        open_image(encoded(Image.new("LAB", (8, 8), (50, 20, 20)), "TIFF"))


@pytest.mark.parametrize("value", [-1, 70_000])
def test_whole_numbers_beyond_sixteen_bits_have_no_known_white(value: int) -> None:
    with pytest.raises(ImageError, match="unknown range"):
        checked(Image.new("I", (4, 4), value))


@pytest.mark.filterwarnings("ignore")
def test_damaged_exif_is_no_reason_to_refuse_the_pixels() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = exif.tobytes()
    for end in range(8, len(whole)):
        size = open_image(encoded(Image.new("RGB", (40, 20), RED), exif=whole[:end])).size
        assert size in ((40, 20), (20, 40))


def damaged(form: str, seed: int, **options: str) -> bytes:
    rng = np.random.default_rng(seed)
    whole = bytearray(encoded(Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)), form, **options))
    for place in rng.integers(0, len(whole), 6):
        whole[place] = rng.integers(256)
    return bytes(whole)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_whatever_is_wrong_is_said_in_one_of_a_few_sentences(
    form: str,
) -> None:
    """None of them repeats what a decoder says."""
    said = set()
    for seed in range(300):
        try:
            open_image(damaged(form, seed), name="a.img")
        except ImageError as error:
            said.add(re.sub(r"\d[\d,]* × \d[\d,]*|\d[\d,]*|mode [\w;]+", "N", str(error)))
    assert said <= {
        "a.img is damaged. Download or unpack it again.",
        "a.img is no image in a format that is read (JPEG, PNG, WebP, TIFF, BMP, GIF). Replace it.",
        "a.img is refused undecoded: N pixels, the limit is N. Save it smaller.",
        "a.img is refused undecoded: N pixels, more than N times as long as wide. Save it smaller.",
        "a.img is refused undecoded: it has far more parts, or bytes besides its pixels, than an image needs. "
        "Save it smaller.",
        "a.img is refused undecoded: its header asks for more than N pixels. Save it smaller.",
        "a.img is refused undecoded: its parts cover it many times. Save it smaller.",
        "a.img is refused undecoded: one tile of it has more than N pixels. Save it smaller.",
        "a.img is refused undecoded: it is coded by runs, and larger than N pixels or bytes. Save it smaller.",
        "a.img is compressed in a way that is not read. Save it anew.",
        "a.img has pixels of an unknown range (N). Save it as 8-bit RGB.",
    }
    assert "a.img is damaged. Download or unpack it again." in said or form == "BMP"


def test_a_decoder_prints_nothing(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from mgiqa.errors import ImageError
from mgiqa.images.opening import open_image
for path in Path(sys.argv[1]).iterdir():
    try:
        open_image(path)
    except ImageError:
        pass
"""
    for form, seed in product(("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"), range(60)):
        (tmp_path / f"{seed}.{form}").write_bytes(damaged(form, seed))
    for way, seed in product(("tiff_lzw", "tiff_deflate", "jpeg"), range(60)):
        (tmp_path / f"{seed}.{way}").write_bytes(damaged("TIFF", seed, compression=way))
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
