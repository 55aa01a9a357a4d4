"""One subject in the middle of a wide view: what framing is done with.

The subject fills about two thirds of the middle window that ``distortions.framing`` takes when nothing goes wrong.
"""

from collections.abc import Callable

import numpy as np

from mgiqa.datasets.sample.canvas import Canvas, box, oval
from mgiqa.datasets.sample.fields import cloud
from mgiqa.datasets.sample.scenes import landscapes, objects

HALF = 0.19
"""Half the height of a subject, in units of the wide view."""


def balloon(rng: np.random.Generator, size: int) -> Canvas:
    """A hot-air balloon over hills."""
    canvas = Canvas(size, finer=1)
    landscapes.sky(rng, canvas, clouds=0.7)
    _hills(rng, canvas, 0.80)
    objects.balloon(rng, canvas, (0.5, 0.44), 0.66 * HALF)
    return canvas


def boat(rng: np.random.Generator, size: int) -> Canvas:
    """A sailing boat on a level horizon."""
    canvas = Canvas(size, finer=1)
    landscapes.sky(rng, canvas, clouds=0.5)
    landscapes.water(rng, canvas, 0.56)
    landscapes.sail(canvas, (0.5, 0.62), 1.45 * HALF)
    return canvas


def lone_tree(rng: np.random.Generator, size: int) -> Canvas:
    """A tree on a meadow."""
    canvas = Canvas(size, finer=1)
    landscapes.sky(rng, canvas, clouds=0.6)
    _hills(rng, canvas, 0.64)
    landscapes.tree(rng, canvas, (0.5, 0.5 + HALF), 2.1 * HALF)
    return canvas


def vase(rng: np.random.Generator, size: int) -> Canvas:
    """A vase on a table."""
    canvas = Canvas(size, finer=1)
    objects.table(rng, canvas, 0.58)
    objects.vessel(rng, canvas, (0.5, 0.5 + HALF), 2 * HALF, 0.6 * HALF)
    return canvas


def apple(rng: np.random.Generator, size: int) -> Canvas:
    """A large fruit on a table."""
    canvas = Canvas(size, finer=1)
    objects.table(rng, canvas, 0.55)
    objects.piece(rng, canvas, (0.5, 0.5 + 0.8 * HALF), 0.8 * HALF)
    return canvas


def flower(rng: np.random.Generator, size: int) -> Canvas:
    """A blossom over out-of-focus leaves."""
    canvas = Canvas(size, finer=1)
    green = cloud(rng, canvas.side, 1.5)[..., None]
    canvas.fill(np.array((0.14, 0.30, 0.12)) * (1 + 0.28 * green))
    stem = [(0.5, 0.5), (0.51, 0.7), (0.5 + rng.uniform(-0.06, 0.06), 1.02)]
    canvas.line(stem, 0.014, (0.24, 0.42, 0.14))
    objects.blossom(rng, canvas, (0.5, 0.5), 0.9 * HALF)
    return canvas


def lone_fish(rng: np.random.Generator, size: int) -> Canvas:
    """A striped fish over sand."""
    canvas = Canvas(size, finer=1)
    objects.water(rng, canvas, 0.72)
    objects.swimmer(rng, canvas, np.array((0.5, 0.5)), 0.95 * HALF)
    return canvas


def house(rng: np.random.Generator, size: int) -> Canvas:
    """A small house with a roof, windows and a door."""
    canvas = Canvas(size, finer=1)
    landscapes.sky(rng, canvas, clouds=0.6)
    _hills(rng, canvas, 0.64)
    wall = np.array(((0.90, 0.84, 0.70), (0.86, 0.86, 0.86), (0.80, 0.60, 0.46)))[rng.integers(3)]
    roof = np.array(((0.62, 0.22, 0.16), (0.36, 0.26, 0.22), (0.30, 0.34, 0.42)))[rng.integers(3)]
    left, right, eaves, foot = 0.5 - 0.9 * HALF, 0.5 + 0.9 * HALF, 0.5 - 0.1 * HALF, 0.5 + HALF
    canvas.polygon(box(left, eaves, right, foot), wall)
    canvas.polygon([[left - 0.02, eaves], [0.5, 0.5 - 0.95 * HALF], [right + 0.02, eaves]], roof)
    canvas.polygon(box(0.48, foot - 0.1, 0.53, foot), roof * 0.7)
    for x in (left + 0.03, right - 0.08):
        canvas.polygon(box(x, eaves + 0.04, x + 0.05, eaves + 0.1), (0.95, 0.95, 0.95))
        canvas.polygon(box(x + 0.007, eaves + 0.047, x + 0.043, eaves + 0.093), (0.30, 0.42, 0.55))
    return canvas


def lighthouse(rng: np.random.Generator, size: int) -> Canvas:
    """A striped lighthouse by the sea."""
    canvas = Canvas(size, finer=1)
    landscapes.sky(rng, canvas, clouds=0.5)
    landscapes.water(rng, canvas, 0.60)
    canvas.shaded(
        oval((0.5, 0.5 + HALF + 0.04), (0.3, 0.09)),
        np.array((0.42, 0.38, 0.34)) * (1 + 0.15 * cloud(rng, canvas.side, 0.9)[..., None]),
    )
    color = np.array(((0.80, 0.16, 0.14), (0.16, 0.30, 0.56), (0.16, 0.16, 0.18)))[rng.integers(3)]
    edges = np.linspace(0.5 + HALF, 0.5 - 0.6 * HALF, 7)
    widths = np.linspace(0.3, 0.19, 7) * HALF
    for index in range(6):
        low, high, wide, narrow = edges[index], edges[index + 1], widths[index], widths[index + 1]
        tone = color if index % 2 else np.array((0.95, 0.94, 0.92))
        canvas.polygon([[0.5 - wide, low], [0.5 + wide, low], [0.5 + narrow, high], [0.5 - narrow, high]], tone)
        canvas.polygon(
            [[0.5 + 0.4 * wide, low], [0.5 + wide, low], [0.5 + narrow, high], [0.5 + 0.4 * narrow, high]], tone * 0.75
        )
    top = edges[-1]
    canvas.polygon(box(0.47, top - 0.045, 0.53, top), (0.98, 0.88, 0.50))
    canvas.polygon([[0.46, top - 0.045], [0.54, top - 0.045], [0.5, top - 0.085]], color * 0.8)
    return canvas


def _hills(rng: np.random.Generator, canvas: Canvas, height: float) -> None:
    grass = cloud(rng, canvas.side, 0.9, stretch=0.5)[..., None]
    canvas.shaded(
        landscapes.ridge(rng, height - 0.06, 0.05, slope=2.5), np.array((0.42, 0.58, 0.34)) * (1 + 0.10 * grass)
    )
    canvas.shaded(landscapes.ridge(rng, height, 0.015, slope=2.5), np.array((0.30, 0.52, 0.18)) * (1 + 0.14 * grass))


SUBJECTS: dict[str, Callable[[np.random.Generator, int], Canvas]] = {
    painter.__name__: painter
    for painter in (balloon, boat, lone_tree, vase, apple, flower, lone_fish, house, lighthouse)
}
"""Kind of subject → its painter."""
