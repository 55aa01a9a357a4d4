"""What goes wrong with images: every distortion with its levels and what it truly damages.

A distortion is a pure function ``(image, level, rng) -> image``: images are float arrays of shape (n, n, 3) in [0, 1],
levels run from 0 (nothing; of a codec, nothing that is seen) to 5 (gross). ``damage`` holds what level 5 does to each
channel of ``perception``; with a damage of 1.4 an attribute has fallen from 5 to 2 on the five-point scale.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mgiqa.datasets.sample.distortions import blur, color, compression, exposure, framing, noise

Pixels = NDArray[np.float64]


@dataclass(frozen=True)
class Distortion:
    """One thing that can go wrong.

    Attributes:
        name: of the function.
        family: of the file that holds it.
        apply: the function.
        damage: channel → damage at level 5.
    """

    name: str
    family: str
    apply: Callable[[Pixels, float, np.random.Generator], Pixels]
    damage: Mapping[str, float]


@dataclass(frozen=True)
class Applied:
    """A distortion with the level it was applied at."""

    distortion: Distortion
    level: float


def _table(
    *rows: tuple[Callable[[Pixels, float, np.random.Generator], Pixels], Mapping[str, float]],
) -> dict[str, Distortion]:
    return {
        function.__name__: Distortion(function.__name__, function.__module__.rpartition(".")[2], function, damage)
        for function, damage in rows
    }


DISTORTIONS = _table(
    (blur.gaussian_blur, {"sharpness": 2.0}),
    (blur.lens_blur, {"sharpness": 2.2}),
    (blur.motion_blur, {"sharpness": 2.2}),
    (noise.white_noise, {"noise": 2.0, "sharpness": 0.3}),
    (noise.chroma_noise, {"noise": 1.5, "color": 0.5}),
    (noise.impulse_noise, {"noise": 2.1, "sharpness": 0.2}),
    (color.color_cast, {"color": 1.6}),
    (color.desaturation, {"color": 1.4}),
    (color.oversaturation, {"color": 1.5, "noise": 0.2}),
    (color.color_quantization, {"color": 1.2, "noise": 1.0}),
    (compression.jpeg, {"noise": 1.6, "sharpness": 0.9, "color": 0.4}),
    (compression.jpeg2000, {"noise": 1.2, "sharpness": 1.4}),
    (compression.pixelation, {"sharpness": 1.9, "noise": 0.8}),
    (exposure.brighten, {"brightness": 1.6, "contrast": 0.7, "color": 0.5}),
    (exposure.darken, {"brightness": 1.8, "contrast": 0.6}),
    (exposure.low_contrast, {"contrast": 1.7, "color": 0.8}),
    (exposure.high_contrast, {"contrast": 1.3, "brightness": 0.4}),
    (framing.tilted, {"composition": 1.5}),
    (framing.off_center, {"composition": 1.7}),
    (framing.too_far, {"composition": 1.0}),
    (framing.too_close, {"composition": 1.5}),
    (framing.obstructed, {"composition": 1.9}),
)
"""Name → distortion."""


def distort(image: Pixels, steps: Iterable[Applied], rng: np.random.Generator) -> Pixels:
    """Applies distortions one after the other; the result lies in [0, 1]."""
    for step in steps:
        image = np.clip(step.distortion.apply(image, step.level, rng), 0, 1)
    return image
