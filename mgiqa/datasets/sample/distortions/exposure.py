"""Wrong light: too much, too little, too flat, too hard."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float64]


def brighten(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Exposes too long, by 0.3 stops at level 1 to 1.9 at level 5: highlights clip."""
    return image * 2 ** (0.34 * level) * (1 - 0.02 * level) + 0.02 * level


def darken(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Exposes too short, by 0.5 stops at level 1 to 2.3 at level 5."""
    return image * 2 ** (-0.45 * level)


def low_contrast(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Flattens tones toward a hazy gray; a quarter of the contrast is left at level 5."""
    return 0.55 + (image - 0.55) * (1 - 0.15 * level) + 0.01 * level


def high_contrast(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Hardens tones until shadows and highlights are lost."""
    return image.mean() + (image - image.mean()) * (1 + 0.55 * level)
