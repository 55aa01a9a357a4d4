"""Grain: white, colored, multiplicative and impulse noise."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Pixels = NDArray[np.float64]


def white_noise(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Adds Gaussian noise to every channel; standard deviation 0.03 at level 1, 0.20 at level 5."""
    return image + rng.normal(0, 0.02 * level + 0.004 * level**2, image.shape)


def chroma_noise(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Adds blotches of color that leave the brightness nearly as it was, as small sensors do in the dark."""
    blotches = ndimage.gaussian_filter(rng.normal(0, 1, image.shape), (0.8, 0.8, 0))
    blotches /= blotches.std()
    blotches -= 0.85 * blotches.mean(axis=-1, keepdims=True)
    return image + (0.035 * level + 0.004 * level**2) * blotches


def impulse_noise(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Sets a share of the pixels, 0.6 % at level 1 to 10 % at level 5, to black or white."""
    chance = rng.random(image.shape[:2])[..., None]
    share = 0.002 * level + 0.0036 * level**2
    return np.where(chance < share / 2, 0.0, np.where(chance > 1 - share / 2, 1.0, image))
