"""Scenes without a camera: views, things, surfaces and print, painted from random numbers."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mgiqa.datasets.sample.canvas import Canvas
from mgiqa.datasets.sample.scenes import landscapes, lettering, objects, textures

KINDS: dict[str, Callable[[np.random.Generator, int], Canvas]] = {
    painter.__name__: painter
    for painter in (
        landscapes.mountains,
        landscapes.sea,
        landscapes.meadow,
        landscapes.city,
        landscapes.dunes,
        objects.fruit,
        objects.pottery,
        objects.balloons,
        objects.flowers,
        objects.fish,
        objects.lights,
        textures.dead_leaves,
        textures.foliage,
        textures.pebbles,
        textures.bricks,
        textures.wood,
        textures.cloth,
        textures.marble,
        lettering.page,
        lettering.sign,
        lettering.chart,
    )
}
"""Kind of scene → its painter."""


def scene(rng: np.random.Generator, size: int, kind: str | None = None) -> NDArray[np.float64]:
    """Paints one scene.

    Args:
        rng: decides everything about it.
        size: side in pixels.
        kind: a key of ``KINDS``; drawn from ``rng`` by default.

    Returns:
        Float array of shape (size, size, 3) in [0, 1].
    """
    painter = KINDS[kind] if kind else list(KINDS.values())[rng.integers(len(KINDS))]
    return painter(rng, size).finish(size)
