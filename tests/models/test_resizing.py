"""An image that was shrunk on the way to a model is to it the same image, bit for bit."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from mgiqa.images.opening import checked, open_image
from mgiqa.models.processor import limit_pixels
from mgiqa.models.resizing import resizing_of

PROCESSORS = {
    "qwen": Qwen2VLImageProcessorPil(size={"shortest_edge": 3136, "longest_edge": 50_176}),
    "qwen of 16": Qwen2VLImageProcessorPil(size={"shortest_edge": 4096, "longest_edge": 65_536}, patch_size=16),
    "one size": Qwen2VLImageProcessorPil(size={"shortest_edge": 12_544, "longest_edge": 12_544}),
    "idefics3": Idefics3ImageProcessorPil(size={"longest_edge": 256}, max_image_size={"longest_edge": 128}),
    "idefics3 whole": Idefics3ImageProcessorPil(size={"longest_edge": 128}, max_image_size={"longest_edge": 128}),
}
SIZES = [(1200, 900), (900, 1200), (701, 703), (2000, 100), (260, 250), (112, 112), (30, 20), (3000, 16), (229, 225)]


def encoded(image: Image.Image, form: str, **options) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def noise(size: tuple[int, int]) -> Image.Image:
    pixels = np.random.default_rng(size).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def scene(size: tuple[int, int]) -> Image.Image:
    """Soft fields, a hard edge, and fine grain over all."""
    width, height = size
    rng = np.random.default_rng(0)
    soft = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    pixels = np.asarray(soft).astype(np.int16) + rng.integers(-12, 13, (height, width, 1))
    pixels[:, width // 3 : width // 3 + 9] = 250
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def given(processor, image: Image.Image) -> dict[str, np.ndarray]:
    """What a model gets of the image."""
    return {name: np.asarray(values) for name, values in processor(images=[image], return_tensors="np").items()}


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("name", PROCESSORS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_model_gets_the_same_bits_of_an_image_that_was_shrunk_before(name: str, size: tuple[int, int]) -> None:
    processor, content = PROCESSORS[name], encoded(noise(size), "PNG")
    resizing = resizing_of(processor)
    whole, shrunk = open_image(content), open_image(content, resizing=resizing)
    assert same(given(processor, shrunk), given(processor, whole))
    assert np.array_equal(np.asarray(checked(whole, resizing=resizing)), np.asarray(shrunk))


@pytest.mark.parametrize("name", ["qwen", "qwen of 16", "idefics3", "idefics3 whole"])
def test_what_is_far_larger_than_it_is_looked_at_is_shrunk_to_that(name: str) -> None:
    resizing = resizing_of(PROCESSORS[name])
    for size in [(1200, 900), (900, 1200), (701, 703)]:
        shrunk = open_image(encoded(noise(size), "PNG"), resizing=resizing)
        assert shrunk.size == resizing.target(size)
        assert 2 * shrunk.width * shrunk.height <= size[0] * size[1]


@pytest.mark.parametrize("name", PROCESSORS)
def test_a_small_image_is_not_touched(name: str) -> None:
    resizing = resizing_of(PROCESSORS[name])
    for size in [(112, 112), (30, 20), (120, 118)]:
        image = noise(size)
        assert np.array_equal(np.asarray(open_image(encoded(image, "PNG"), resizing=resizing)), np.asarray(image))


def test_where_the_processor_would_resize_once_more_it_gets_the_whole_image() -> None:
    """One that is held to a single number of pixels enlarges what it has just shrunk below it."""
    resizing = resizing_of(PROCESSORS["one size"])
    assert open_image(encoded(noise((1200, 900)), "PNG"), resizing=resizing).size == (1200, 900)


@pytest.mark.parametrize("name", PROCESSORS)
@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_a_photo_is_decoded_no_finer_than_it_is_looked_at_and_looks_the_same(
    name: str, turn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    processor, content = PROCESSORS[name], encoded(scene((2400, 1808)), "JPEG", quality=92, exif=exif.tobytes())
    resizing = resizing_of(processor)
    decoded: list[tuple[int, int]] = []
    whole = open_image(content)
    monkeypatch.setattr(
        "PIL.JpegImagePlugin.JpegImageFile.load_end", lambda image: decoded.append(image.size), raising=False
    )
    reduced = open_image(content, resizing=resizing)
    (size,) = decoded
    target = resizing.target(whole.size)
    assert size[0] * size[1] <= 2400 * 1808 / 4
    assert all(side >= 2 * looked_at for side, looked_at in zip(sorted(size), sorted(target), strict=True))
    one, other = given(processor, reduced), given(processor, whole)
    assert one["pixel_values"].shape == other["pixel_values"].shape
    levels = np.abs(one["pixel_values"] - other["pixel_values"]) * 255 * np.mean(processor.image_std)
    assert 0 < levels.mean() <= 1


def test_the_bounds_of_a_base_are_those_that_are_looked_at() -> None:
    processor = Qwen2VLImageProcessorPil()
    limit_pixels(processor, 196_608)
    width, height = resizing_of(processor).target((4032, 3024))
    assert 0.8 * 196_608 < width * height <= 196_608


def test_a_processor_whose_way_is_not_known_gets_whole_images() -> None:
    class Other:
        do_resize = True

    assert resizing_of(Other()) is None
    assert resizing_of(Qwen2VLImageProcessorPil(do_resize=False)) is None
