"""Wrong color: a cast, too little, too much, too few."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float64]

_LUMA = np.array((0.299, 0.587, 0.114))


def color_cast(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Balances white for the wrong light: one or two channels gain up to 45 % and the others lose as much."""
    tint = np.array(((1, -0.6, -1), (-1, -0.2, 1), (-1, 1, -0.6), (1, -1, 1)))[rng.integers(4)]
    return image * (1 + 0.085 * level * tint) + 0.012 * level * tint


def desaturation(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Fades color toward gray; nothing is left of it at level 5."""
    gray = (image @ _LUMA)[..., None]
    return gray + (image - gray) * (1 - level / 5)


def oversaturation(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Drives color away from gray, up to 4.5 times as far, until channels clip."""
    gray = (image @ _LUMA)[..., None]
    return gray + (image - gray) * (1 + 0.35 * level + 0.07 * level**2)


def color_quantization(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Keeps few values per channel, 16 at level 1 and 3 at level 5, so that smooth areas break into bands."""
    steps = max(2.0, 22 / (1 + 0.9 * level) ** 1.25 + 0.6)
    return np.rint(np.clip(image, 0, 1) * steps) / steps if level > 0 else image
