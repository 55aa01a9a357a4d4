"""Files that would take minutes or gigabytes are refused by their header, in a moment; ordinary ones are not."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mgiqa.errors import ImageError
from mgiqa.images.opening import open_image
from mgiqa.images.structure import BESIDES, SCANS, STEPS, TAGS_AT_MOST, is_bounded, scans
from tests.images import bombs

MANY = {
    "segments": lambda: bombs.segments(STEPS),
    "padding": lambda: bombs.filled(STEPS, b"\xff"),
    "junk": lambda: bombs.filled(STEPS, b"\0"),
    "profiles": lambda: bombs.segments(BESIDES // 60_000 + 1, 60_000),
    "chunks": lambda: bombs.chunks(STEPS),
    "texts": lambda: bombs.chunks(17, 1_000_000),
    "blocks": lambda: bombs.blocks(STEPS),
    "comment": lambda: bombs.blocks(BESIDES // 255 + 1, 255),
    "tags": lambda: bombs.tiff({40_000 + number: (3, 1, 0) for number in range(TAGS_AT_MOST)}),
    "values": lambda: bombs.tiff({40_000: (4, STEPS + 1, 8)}, pixels=bytes(1 << 20)),
    "the same bytes for each tag": lambda: bombs.tiff(
        {40_000 + number: (1, 1 << 20, 8) for number in range(20)}, pixels=bytes(1 << 20)
    ),
}


@pytest.mark.parametrize("make", MANY.values(), ids=list(MANY))
def test_more_parts_than_an_image_needs_are_not_taken_one_by_one(make: Callable[[], bytes]) -> None:
    with pytest.raises(ImageError, match="it has far more parts, or bytes besides its pixels, than an image needs"):
        open_image(make())


FEW = {
    "JPEG": lambda: bombs.segments(200, 60_000),
    "PNG": lambda: bombs.chunks(1000, 1000),
    "GIF": lambda: bombs.blocks(1000, 255),
    "TIFF": lambda: bombs.tiff({40_000 + number: (3, 1, 0) for number in range(1000)}),
}


@pytest.mark.parametrize("make", FEW.values(), ids=list(FEW))
def test_what_cameras_and_editors_add_is_let_in(make: Callable[[], bytes]) -> None:
    assert open_image(make()).size == (64, 64)


def test_the_parts_of_every_format_are_counted_to_its_pixels() -> None:
    for form in ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"):
        whole = bombs.encoded(form)
        for end in range(0, len(whole), 97):
            assert is_bounded(whole[:end]), (form, end)


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    """Each goes through the whole image; 5 MB of them would keep the decoder busy for hours."""
    assert open_image(bombs.progressive(SCANS)).size == (64, 64)
    with pytest.raises(ImageError, match=r"refused undecoded: it goes through its 4,096 pixels 101 times or more"):
        open_image(bombs.progressive(SCANS + 1))
    with pytest.raises(ImageError, match="101 times or more"):
        open_image(bombs.progressive(100 * SCANS))


def test_the_larger_a_jpeg_the_fewer_scans_it_may_have() -> None:
    few = bombs.progressive(21)
    size = few.index(b"\xff\xc2") + 5  # where the frame's header says how large it is
    large = few[:size] + struct.pack(">HH", 7000, 7000) + few[size + 4 :]
    with pytest.raises(ImageError, match=r"it goes through its 49,000,000 pixels 21 times or more"):
        open_image(large)


def test_scans_are_those_of_the_image_and_not_of_what_follows_it() -> None:
    """A phone appends a film to its photo, in which any bytes occur."""
    for progressive in (False, True):
        photo = bombs.encoded("JPEG", progressive=progressive)
        usual = photo.count(b"\xff\xda")
        assert scans(photo) == scans(photo + b"\xff\xda" * 1000) == usual
        assert open_image(photo + b"\xff\xda" * 1000).size == (64, 64)
    assert usual > 5


def test_strips_that_lie_over_each_other_are_refused() -> None:
    """Every strip but the last row, a hundred times: Pillow would decode each."""
    count = 400
    offsets = struct.pack(f"<{count}I", *(100 + number for number in range(count)))
    pixels = bytes(6000) + offsets
    tags = {273: (4, count, 8 + 6000), 278: (4, 1, 63), 279: (4, count, 8 + 6000)}
    with pytest.raises(ImageError, match="its parts cover it many times"):
        open_image(bombs.tiff(tags, pixels=pixels))


def test_a_tile_that_is_larger_than_an_image_may_be_is_refused() -> None:
    tags = {259: (3, 1, 5), 322: (4, 1, 30_000), 323: (4, 1, 30_000), 324: (4, 1, 8), 325: (4, 1, 4096)}
    with pytest.raises(ImageError, match=r"one tile of it has more than 50,000,000 pixels"):
        open_image(bombs.tiff(tags))


@pytest.mark.parametrize(("compression", "let_in"), [("tiff_lzw", True), ("tiff_deflate", True), ("lzma", False)])
def test_a_tiff_is_compressed_in_one_of_the_usual_ways(compression: str, let_in: bool) -> None:
    content = bombs.encoded("TIFF", compression=compression)
    if let_in:
        assert np.array_equal(open_image(content), bombs.NOISE)
    else:
        with pytest.raises(ImageError, match="is compressed in a way that is not read"):
            open_image(content)


def test_a_large_bmp_coded_by_runs_is_refused() -> None:
    assert open_image(bombs.runs(40)).size == (40, 40)
    with pytest.raises(ImageError, match="it is coded by runs, and larger than 4,000,000 pixels or bytes"):
        open_image(bombs.runs(2001))


def test_a_text_that_swells_is_refused() -> None:
    """64 texts of 1 MB each in 70 kB are more than Pillow unpacks."""
    packed = b"key\0\0" + zlib.compress(bytes(1 << 20))
    whole = bombs.encoded("PNG")
    bomb = whole[:33] + bombs.chunk(b"zTXt", packed) * 65 + whole[33:]
    assert len(bomb) < 200_000
    with pytest.raises(ImageError, match="is damaged"):
        open_image(bomb)


def test_several_images_in_one_file_show_the_first_at_the_cost_of_one() -> None:
    frames = [Image.new("RGB", (8, 8), (number, 0, 0)) for number in range(50)]
    for form in ("TIFF", "WEBP", "GIF", "PNG"):
        buffer = BytesIO()
        lossless = {"lossless": True} if form == "WEBP" else {}
        frames[7].save(buffer, form, save_all=True, append_images=frames, **lossless)
        assert open_image(buffer.getvalue()).getpixel((0, 0)) == (7, 0, 0)
