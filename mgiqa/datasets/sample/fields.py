"""Random fields: the clouds, stains and ripples that scenes and artifacts are made of."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

COARSENESS = 2
"""Pixels per computed value: fields are painted on surfaces finer than the finished image."""

Field = NDArray[np.float64]


def cloud(rng: np.random.Generator, side: int, slope: float = 1.0, stretch: float = 1.0) -> Field:
    """A 1/f field, shape (side, side), mean 0 and standard deviation 1.

    Args:
        rng: source of the field.
        side: pixels per side.
        slope: exponent of the amplitude spectrum; 1 looks like nature, more is smoother.
        stretch: above 1, features are longer in x than in y by this factor.
    """
    coarse = fft.next_fast_len(-(-side // COARSENESS), real=True)
    vertical, horizontal = fft.fftfreq(coarse)[:, None], fft.rfftfreq(coarse)[None, :]
    frequency = np.hypot(vertical, horizontal * stretch)
    frequency[0, 0] = 1.0
    spectrum = fft.rfft2(rng.standard_normal((coarse, coarse))) * frequency**-slope
    field = _refined(_refined(fft.irfft2(spectrum, s=(coarse, coarse)), side).T, side).T
    field -= field.mean()
    return field / field.std()


def _refined(field: Field, rows: int) -> Field:
    """``field`` with so many rows, interpolated linearly."""
    place = np.linspace(0, len(field) - 1, rows)
    above = np.minimum(place.astype(int), len(field) - 2)
    share = (place - above)[:, None]
    return field[above] * (1 - share) + field[above + 1] * share


def cells(rng: np.random.Generator, side: int, count: int) -> tuple[NDArray[np.int64], Field]:
    """A Voronoi tiling with ``count`` cells: the index of each pixel's cell and its distance to the border.

    The distance is the difference of those to the two nearest centers, in units of the side.
    """
    from scipy.spatial import cKDTree

    axis = (np.arange(side) + 0.5) / side
    places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    distance, index = cKDTree(rng.uniform(-0.05, 1.05, (count, 2))).query(places, k=2)
    return index[:, 0].reshape(side, side), (distance[:, 1] - distance[:, 0]).reshape(side, side)


def displaced(image: Field, shift_x: Field, shift_y: Field) -> Field:
    """``image``, shape (h, w, 3), with every pixel taken from where the shifts (pixels, shape (h, w)) point."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    places = [rows + shift_y, columns + shift_x]
    return np.stack(
        [ndimage.map_coordinates(image[..., band], places, order=1, mode="reflect") for band in range(3)], axis=-1
    )
