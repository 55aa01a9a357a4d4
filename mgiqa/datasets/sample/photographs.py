"""Photographs that ship inside scikit-image and scikit-learn, as views that share no pixel.

A view is a square of one photograph. Every view belongs to one dataset and shows one content, so what a model has seen
in a training split does not come back in a test split of the same or of another dataset.
"""

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mgiqa.errors import MissingExtra

Pixels = NDArray[np.float64]
Tones = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Photograph:
    """One file of a package.

    Attributes:
        package: the package that ships it.
        path: the file, relative to the package.
        tones: colors from dark to light that a gray photograph is printed in, so that it can lose or gain color.
    """

    package: str
    path: str
    tones: Tones = ()


@dataclass(frozen=True)
class View:
    """A square of a photograph, in its pixels."""

    photograph: str
    left: int
    top: int
    side: int


PHOTOGRAPHS = {
    "astronaut": Photograph("skimage", "data/astronaut.png"),
    "cat": Photograph("skimage", "data/chelsea.png"),
    "coffee": Photograph("skimage", "data/coffee.png"),
    "dahlia": Photograph("sklearn", "datasets/images/flower.jpg"),
    "galaxies": Photograph("skimage", "data/hubble_deep_field.jpg"),
    "motorcycle": Photograph("skimage", "data/motorcycle_left.png"),
    "pagoda": Photograph("sklearn", "datasets/images/china.jpg"),
    "retina": Photograph("skimage", "data/retina.jpg"),
    "rocket": Photograph("skimage", "data/rocket.jpg"),
    "tissue": Photograph("skimage", "data/ihc.png"),
    "bricks": Photograph("skimage", "data/brick.png", ((0.22, 0.09, 0.07), (0.62, 0.28, 0.19), (0.86, 0.74, 0.62))),
    "camera": Photograph("skimage", "data/camera.png", ((0.06, 0.06, 0.09), (0.36, 0.40, 0.24), (0.72, 0.83, 0.95))),
    "coins": Photograph("skimage", "data/coins.png", ((0.07, 0.05, 0.05), (0.46, 0.33, 0.20), (0.97, 0.86, 0.62))),
    "grass": Photograph("skimage", "data/grass.png", ((0.04, 0.09, 0.03), (0.28, 0.44, 0.12), (0.86, 0.90, 0.55))),
    "gravel": Photograph("skimage", "data/gravel.png", ((0.10, 0.09, 0.09), (0.48, 0.43, 0.38), (0.86, 0.82, 0.75))),
    "moon": Photograph("skimage", "data/moon.png", ((0.05, 0.06, 0.10), (0.45, 0.44, 0.46), (0.95, 0.92, 0.84))),
}


def _tiles(photograph: str, columns: int, rows: int, side: int, corner: tuple[int, int] = (0, 0)) -> list[View]:
    left, top = corner
    return [
        View(photograph, left + column * side, top + row * side, side)
        for row in range(rows)
        for column in range(columns)
    ]


_COINS = _tiles("coins", 3, 1, 128, (0, 15)) + _tiles("coins", 3, 1, 128, (0, 165))
_GALAXIES = _tiles("galaxies", 4, 3, 250, (0, 60))
_TISSUE = _tiles("tissue", 3, 3, 170)
_RETINA = _tiles("retina", 3, 3, 333, (205, 205))
_BRICKS, _GRASS, _GRAVEL = _tiles("bricks", 2, 2, 256), _tiles("grass", 3, 3, 170), _tiles("gravel", 3, 3, 170)
_MOON = _tiles("moon", 3, 3, 170)

VIEWS = {
    "kadid10k": (
        View("astronaut", 75, 0, 250),
        View("coffee", 95, 0, 400),
        View("pagoda", 55, 20, 330),
        View("cat", 60, 0, 300),
        View("motorcycle", 390, 90, 340),
        View("dahlia", 130, 50, 320),
        View("rocket", 190, 100, 320),
        View("astronaut", 272, 290, 222),
        View("motorcycle", 90, 110, 290),
        View("astronaut", 330, 60, 180),
        View("pagoda", 395, 150, 240),
        View("astronaut", 60, 262, 200),
        *_COINS[:3],
        *_BRICKS[:2],
        *_TISSUE[:3],
        *_RETINA[:3],
        *_GALAXIES[:3],
        *_GRASS[:2],
        *_GRAVEL[:2],
    ),
    "spaq": (
        View("camera", 60, 50, 270),
        View("camera", 335, 90, 170),
        View("camera", 240, 325, 185),
        View("rocket", 0, 60, 185),
        *_COINS[3:],
        *_BRICKS[2:],
        *_TISSUE[3:],
        *_RETINA[3:],
        *_GALAXIES[3:],
        *_GRASS[2:],
        *_GRAVEL[2:],
        *_MOON,
    ),
    "agiqa3k": (),
}
"""Dataset → the views that its contents show, the most telling first."""


def look(view: View, size: int) -> Pixels:
    """What a view shows, shape (size, size, 3) in [0, 1].

    Raises:
        MissingExtra: the package that ships the photograph is not installed.
    """
    square = (view.left, view.top, view.left + view.side, view.top + view.side)
    seen = _load(view.photograph).resize((size, size), Image.Resampling.LANCZOS, box=square)
    return _toned(np.asarray(seen, dtype=np.float64) / 255, PHOTOGRAPHS[view.photograph].tones)


@lru_cache(maxsize=len(PHOTOGRAPHS))
def _load(name: str) -> Image.Image:
    photograph = PHOTOGRAPHS[name]
    package = importlib.util.find_spec(photograph.package)
    if package is None or not package.submodule_search_locations:
        raise MissingExtra(
            f"the sample data needs the photographs of {photograph.package}, which is not installed",
            remedy="Install them with: pip install 'mgiqa[data]'",
        )
    with Image.open(Path(package.submodule_search_locations[0]) / photograph.path) as image:
        return image.convert("RGB")


def _toned(pixels: Pixels, tones: Tones) -> Pixels:
    if not tones:
        return pixels
    stops, gray = np.linspace(0, 1, len(tones)), pixels.mean(axis=-1)
    return np.stack([np.interp(gray, stops, band) for band in np.array(tones).T], axis=-1)
