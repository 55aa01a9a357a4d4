"""Loss of sharpness: out of focus, shaken, softened."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Pixels = NDArray[np.float64]
REFERENCE_SIDE = 112


def gaussian_blur(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Softens by a Gaussian; standard deviation 0.4 pixels of 112 at level 1, 2.6 at level 5."""
    sigma = (0.32 * level + 0.04 * level**2) * image.shape[0] / REFERENCE_SIDE
    return ndimage.gaussian_filter(image, (sigma, sigma, 0), mode="reflect")


def lens_blur(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Puts the image out of focus: the mean over a disc of radius 0.7 to 4.3 pixels of 112."""
    return _convolved(image, _disc((0.55 * level + 0.06 * level**2) * image.shape[0] / REFERENCE_SIDE))


def motion_blur(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Shakes the camera along a straight line of 2 to 13 pixels of 112, in a random direction."""
    length = 2.6 * level * image.shape[0] / REFERENCE_SIDE
    angle = rng.uniform(0, np.pi)
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    for step in np.linspace(-length / 2, length / 2, 8 * reach + 1):
        _deposit(kernel, reach + step * np.sin(angle), reach + step * np.cos(angle))
    return _convolved(image, kernel / kernel.sum())


def _disc(radius: float) -> Pixels:
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return kernel / kernel.sum()


def _deposit(kernel: Pixels, row: float, column: float) -> None:
    top, left = int(row), int(column)
    down, right = row - top, column - left
    kernel[top : top + 2, left : left + 2] += np.outer((1 - down, down), (1 - right, right))


def _convolved(image: Pixels, kernel: Pixels) -> Pixels:
    return np.stack([ndimage.convolve(image[..., band], kernel, mode="reflect") for band in range(3)], axis=-1)
