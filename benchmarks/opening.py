"""What the door costs: opening a photo of 12 MP by it, beside plain Pillow.

    python benchmarks/opening.py

Both run in turn, pair by pair, in time of the processor; printed are the medians and the median of the pairs' ratios.
"""

import argparse
import time
from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from mgiqa.images.opening import open_image

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


def main() -> None:
    """Prints a line for each format."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args()
    image = photo(0)
    for name, (form, written) in FORMS.items():
        content = BytesIO()
        image.save(content, form, **written)
        pairs = [[seconds(way, content.getvalue()) for way in (open_image, plain)] for _ in range(options.pairs)]
        door, pillow = 1000 * np.median(pairs, axis=0)
        ratio = np.median([one / other for one, other in pairs])
        print(f"{name:17} {door:6.1f} ms by the door, {pillow:6.1f} ms by Pillow: {ratio:.2f} times", flush=True)


if __name__ == "__main__":
    main()
