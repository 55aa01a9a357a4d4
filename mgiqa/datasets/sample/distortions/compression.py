"""Marks of compression: blocks, ringing, coarse pixels."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float64]


def jpeg(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """JPEG at quality 53 (level 1) down to 5 (level 5)."""
    return _through(image, "JPEG", quality=round(95 * np.exp(-0.585 * level)), subsampling=2)


def jpeg2000(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """JPEG 2000 at a compression ratio of 11 (level 1) to 150 (level 5)."""
    return _through(image, "JPEG2000", quality_mode="rates", quality_layers=[6 * np.exp(0.645 * level)])


def pixelation(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Shows the image on fewer, larger pixels: 5/9 of them per side at level 1, 1/5 at level 5."""
    side = image.shape[0]
    coarse = _image(image).resize((round(side / (1 + 0.8 * level)),) * 2, Image.Resampling.BOX)
    return np.asarray(coarse.resize((side, side), Image.Resampling.NEAREST), dtype=np.float64) / 255


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8))


def _through(image: Pixels, form: str, **options: object) -> Pixels:
    stream = io.BytesIO()
    _image(image).save(stream, form, **options)
    with Image.open(stream) as decoded:
        return np.asarray(decoded.convert("RGB"), dtype=np.float64) / 255
