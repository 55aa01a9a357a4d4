"""Image generators, as far as their faults go: melted shapes, grids, waxy surfaces, leftover grain, loud color."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mgiqa.datasets.sample.distortions import DISTORTIONS, Applied, Distortion, distort
from mgiqa.datasets.sample.fields import cloud, displaced
from mgiqa.datasets.sample.prompts import GenerationPrompt
from mgiqa.datasets.sample.scenes import scene

Pixels = NDArray[np.float64]


def melted(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Bends shapes as if they were wax, by up to 7 pixels of 112."""
    side = image.shape[0]
    reach = 1.35 * level * side / 112
    shifts = (reach * ndimage.gaussian_filter(cloud(rng, side, 0.9), 0.03 * side, mode="wrap") for _ in range(2))
    return displaced(image, *(shift / max(1e-9, shift.std()) * reach for shift in shifts))


def gridded(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Lays the checkerboard of strided up-sampling over the image."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]] * 112 // image.shape[0]
    pattern = ((rows // 2 + columns // 2) % 2) - 0.5 + 0.5 * ((rows % 4 == 0) | (columns % 4 == 0))
    return image + 0.035 * level * pattern[..., None]


def waxy(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Wipes out texture inside surfaces and keeps their outlines: a median over 2 to 9 pixels of 112."""
    side = max(1, round((1 + 1.6 * level) * image.shape[0] / 112))
    return ndimage.median_filter(image, size=(side, side, 1), mode="reflect")


def blotchy(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Leaves patches of the noise that a sampler with too few steps did not remove."""
    patches = np.stack([cloud(rng, image.shape[0], 0.6) for _ in range(3)], axis=-1)
    return image + 0.026 * level * (patches + patches.mean(axis=-1, keepdims=True))


_ARTIFACTS = {
    function.__name__: Distortion(function.__name__, "generators", function, damage)
    for function, damage in (
        (melted, {"composition": 2.2, "sharpness": 0.3}),
        (gridded, {"noise": 1.7}),
        (waxy, {"sharpness": 1.8}),
        (blotchy, {"noise": 1.8, "color": 0.4}),
    )
} | {name: DISTORTIONS[name] for name in ("oversaturation", "gaussian_blur", "low_contrast")}

GENERATORS: Mapping[str, Mapping[str, float]] = {
    "AttnGAN_normal": {"melted": 3.6, "gridded": 2.0, "gaussian_blur": 1.0},
    "sd1.5_normal": {"melted": 1.0, "waxy": 0.8},
    "midjourney_normal": {"oversaturation": 0.6},
    "glide_normal": {"melted": 1.6, "gaussian_blur": 2.2},
    "sd1.5_lowstep": {"melted": 0.8, "blotchy": 2.2},
    "xl2.2_normal": {"waxy": 0.8},
    "DALLE2_normal": {"waxy": 1.6},
    "sd1.5_highcorr": {"melted": 0.8, "oversaturation": 3.0},
    "sd1.5_lowcorr": {"waxy": 1.6, "low_contrast": 2.4},
    "midjourney_lowstep": {"blotchy": 1.6},
}
"""Generator setting → artifact → its usual level. The names are those of the label file."""


def generated(
    habits: Mapping[str, float], asked: GenerationPrompt, rng: np.random.Generator, size: int
) -> tuple[Pixels, Pixels, list[Applied]]:
    """What a generator makes of a prompt: the image without faults, the image, and the faults."""
    clean = scene(rng, size, asked.kind)
    levels = {name: float(np.clip(usual + rng.normal(0, 0.9), 0, 5)) for name, usual in habits.items()}
    steps = [Applied(_ARTIFACTS[name], level) for name, level in levels.items() if level > 0.2]
    return clean, distort(clean, steps, rng), steps
