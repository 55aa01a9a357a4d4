"""What the door costs, and what a JPEG loses that is decoded no finer than a model looks at it.

    python benchmarks/opening.py
    python benchmarks/opening.py --files FOLDER    # the same loss for the JPEGs below a folder

First a photo of 12 MP is opened by the door and by plain Pillow in turn, pair by pair, in time of the processor;
printed are the medians and the median of the pairs' ratios. Then photos of 12 MP, blurred or grained by degrees, are
brought to the size that the presets of published models look at, from the whole photo and from one that was decoded
more coarsely: how much faster that is, by how many of 255 levels a pixel differs, and how well a measure of the small
image orders the degrees (SRCC), both ways.
"""

import argparse
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from mgiqa.errors import ImageError
from mgiqa.images.opening import open_image
from mgiqa.images.resizing import Resizing
from mgiqa.metrics.correlation import srcc
from mgiqa.models.processor import limit_pixels
from mgiqa.models.resizing import resizing_of

SIZE = (4000, 3000)
FORMS = {
    "JPEG": ("JPEG", {"quality": 92}),
    "progressive JPEG": ("JPEG", {"quality": 92, "progressive": True}),
    "PNG": ("PNG", {"compress_level": 3}),
    "WebP": ("WEBP", {"quality": 90, "method": 0}),
    "TIFF": ("TIFF", {}),
}


def photo(seed: int) -> Image.Image:
    """Soft fields with fine noise over them."""
    rng = np.random.default_rng(seed)
    soft = Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    grain = rng.integers(-6, 7, (SIZE[1], SIZE[0], 1))
    return Image.fromarray(np.clip(np.asarray(soft).astype(np.int16) + grain, 0, 255).astype(np.uint8))


def plain(content: bytes) -> Image.Image:
    """Pillow at its fastest: nothing is copied."""
    image = Image.open(BytesIO(content))
    ImageOps.exif_transpose(image, in_place=True)
    return image if image.mode == "RGB" else image.convert("RGB")


def seconds(way: Callable[[bytes], Image.Image], content: bytes) -> float:
    """Of a core."""
    start = time.process_time()
    way(content)
    return time.process_time() - start


DEGREES = 12
LOOKED_AT = 196_608
"""Pixels: ``base.max_pixels`` of the presets."""


def degraded() -> Iterable[tuple[str, int, bytes]]:
    """Kind of damage, its degree, and a JPEG of 12 MP; scenes and strengths are drawn."""
    rng = np.random.default_rng(1)
    for degree in range(DEGREES):
        for kind in ("blur", "grain"):
            image = photo(100 + 2 * degree + (kind == "grain"))
            strength = (degree + rng.uniform(0, 1.5)) / DEGREES
            if kind == "blur":
                image = image.filter(ImageFilter.GaussianBlur(16 * strength))
            else:
                grain = np.repeat(np.repeat(rng.normal(0, 60 * strength, (750, 1000, 1)), 4, 0), 4, 1)
                image = Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))
            content = BytesIO()
            image.save(content, "JPEG", quality=92)
            yield kind, degree, content.getvalue()


def detail(image: Image.Image) -> float:
    """Mean size of the second difference of gray levels: large with grain, small with blur."""
    gray = np.asarray(image.convert("L")).astype(np.float64)
    return float(
        np.abs(4 * gray[1:-1, 1:-1] - gray[:-2, 1:-1] - gray[2:, 1:-1] - gray[1:-1, :-2] - gray[1:-1, 2:]).mean()
    )


def loss(content: bytes, resizing: Resizing) -> tuple[Image.Image, Image.Image, float]:
    """From the whole image, from the reduced one, and the mean difference of a pixel in levels."""
    whole = open_image(content)
    whole = resizing.shrink(whole, whole.size)
    reduced = open_image(content, resizing=resizing)
    apart = np.abs(np.asarray(whole).astype(np.int16) - np.asarray(reduced))
    return whole, reduced, float(apart.mean())


def show_loss(resizing: Resizing) -> None:
    """Over the degraded photos."""
    degrees: dict[str, list[int]] = {"blur": [], "grain": []}
    details: dict[str, list[tuple[float, float]]] = {"blur": [], "grain": []}
    losses, ratios = [], []
    for kind, degree, content in degraded():
        whole, reduced, apart = loss(content, resizing)
        losses.append(apart)
        degrees[kind].append(degree)
        details[kind].append((detail(whole), detail(reduced)))
        slow = seconds(lambda content: resizing.shrink(open_image(content), SIZE), content)
        ratios.append(slow / seconds(lambda content: open_image(content, resizing=resizing), content))
    print(f"decoded no finer than needed: {np.median(ratios):.2f} times faster")
    print(f"  a pixel differs by {np.mean(losses):.2f} levels of 255, at most {max(losses):.2f} in a photo")
    for kind, pairs in details.items():
        one, other = (srcc(np.array(column), np.array(degrees[kind], float)) for column in zip(*pairs, strict=True))
        print(f"  SRCC of detail and degree of {kind}: {one:+.4f} of the whole photo, {other:+.4f} of the other")


def show_files(folder: Path, resizing: Resizing) -> None:
    """Each JPEG below a folder that is decoded more coarsely."""
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg")):
        try:
            size = open_image(path).size
        except ImageError as error:
            print(error)
            continue
        scale = resizing.scale(size)
        apart = f"a pixel differs by {loss(path.read_bytes(), resizing)[2]:.2f} levels" if scale > 1 else "as it was"
        print(f"{path.name}: {size[0]} × {size[1]}, decoded at 1/{scale}, {apart}", flush=True)


def main() -> None:
    """Prints a line for each format."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--files", type=Path, help="folder of JPEGs, instead of all else")
    options = parser.parse_args()
    processor = Qwen2VLImageProcessorPil()
    limit_pixels(processor, LOOKED_AT)
    resizing = resizing_of(processor)
    if resizing is None:
        raise SystemExit("transformers resizes in another way now")
    if options.files:
        show_files(options.files, resizing)
        return
    image = photo(0)
    for name, (form, written) in FORMS.items():
        content = BytesIO()
        image.save(content, form, **written)
        pairs = [[seconds(way, content.getvalue()) for way in (open_image, plain)] for _ in range(options.pairs)]
        door, pillow = 1000 * np.median(pairs, axis=0)
        ratio = np.median([one / other for one, other in pairs])
        print(f"{name:17} {door:6.1f} ms by the door, {pillow:6.1f} ms by Pillow: {ratio:.2f} times", flush=True)
    show_loss(resizing)


if __name__ == "__main__":
    main()
