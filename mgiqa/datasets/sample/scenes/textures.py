"""Surfaces that fill the frame: leaves, stones, bricks, wood, cloth, marble, and the dead-leaves model."""

import numpy as np
from numpy.typing import NDArray

from mgiqa.datasets.sample.canvas import Canvas, box
from mgiqa.datasets.sample.fields import cells, cloud

Pixels = NDArray[np.float64]


def dead_leaves(rng: np.random.Generator, size: int) -> Canvas:
    """Discs of a power law of sizes that hide one another: the statistics of natural images (Lee et al. 2001)."""
    canvas = Canvas(size)
    tones = np.array(
        ((0.62, 0.42, 0.24), (0.32, 0.44, 0.20), (0.78, 0.68, 0.50), (0.30, 0.42, 0.56), (0.70, 0.26, 0.18))
    )
    for radius in 0.02 * rng.uniform(0.004, 1, 500) ** -0.5:
        tone = tones[rng.integers(len(tones))] * rng.uniform(0.5, 1.3)
        canvas.ellipse(
            rng.uniform(-0.1, 1.1, 2),
            (min(radius, 0.3), min(radius, 0.3) * rng.uniform(0.5, 1)),
            tone,
            rng.uniform(0, np.pi),
        )
    return canvas


def foliage(rng: np.random.Generator, size: int) -> Canvas:
    """Leaves with a midrib, darker below."""
    canvas = Canvas(size, (0.06, 0.12, 0.05))
    autumn = rng.random() < 0.35
    for layer in np.linspace(0.35, 1.15, 170):
        green = (
            np.array((0.75, 0.42, 0.10) if autumn and rng.random() < 0.7 else (0.26, 0.52, 0.14))
            * layer
            * rng.uniform(0.75, 1.2)
        )
        center, angle, length = rng.uniform(-0.05, 1.05, 2), rng.uniform(0, 2 * np.pi), rng.uniform(0.06, 0.13)
        along = np.array((np.cos(angle), np.sin(angle))) * length
        across = np.array((-along[1], along[0])) * 0.42
        outline = [center - along, center - 0.4 * along + across, center + 0.3 * along + 0.8 * across, center + along]
        outline += [center + 0.3 * along - 0.8 * across, center - 0.4 * along - across]
        canvas.polygon(outline, green)
        canvas.line([center - along, center + along], 0.005, green * 1.35)
    return canvas


def pebbles(rng: np.random.Generator, size: int) -> Canvas:
    """Rounded stones of many tones."""
    canvas = Canvas(size)
    index, border = cells(rng, canvas.side, int(rng.integers(50, 160)))
    tones = np.array(
        ((0.70, 0.66, 0.60), (0.50, 0.46, 0.42), (0.62, 0.50, 0.40), (0.40, 0.42, 0.46), (0.82, 0.78, 0.70))
    )
    tone = (
        tones[rng.integers(len(tones), size=index.max() + 1)][index]
        * rng.uniform(0.8, 1.15, index.max() + 1)[index][..., None]
    )
    relief = np.clip(border / 0.05, 0, 1) ** 0.5
    canvas.fill(tone * (0.15 + 0.85 * relief[..., None]) * (1 + 0.07 * cloud(rng, canvas.side, 0.9)[..., None]))
    return canvas


def bricks(rng: np.random.Generator, size: int) -> Canvas:
    """A wall in running bond."""
    canvas = Canvas(size, (0.74, 0.70, 0.64))
    rows = int(rng.integers(7, 13))
    height, width = 1 / rows, 2.3 / rows
    for row in range(rows):
        for column in range(-1, int(1 / width) + 2):
            x, y = (column + 0.5 * (row % 2)) * width, row * height
            color = np.array((0.62, 0.27, 0.19)) * rng.uniform(0.7, 1.25) * rng.uniform(0.93, 1.07, 3)
            canvas.polygon(box(x + 0.008, y + 0.008, x + width - 0.006, y + height - 0.006), color)
    canvas.fill(canvas.pixels * (1 + 0.09 * cloud(rng, canvas.side, 0.8)[..., None]))
    return canvas


def wood(rng: np.random.Generator, size: int) -> Canvas:
    """Planks with grain and knots."""
    canvas = Canvas(size)
    _, y = canvas.grid
    planks = int(rng.integers(3, 7))
    plank = np.minimum((y * planks).astype(int), planks - 1)
    drift = rng.uniform(0, 5, planks)[plank]
    warp = 0.35 * cloud(rng, canvas.side, 1.8, stretch=4.0)
    grain = np.sin(2 * np.pi * ((y * planks - plank) * 5 + warp + drift))
    fibers = cloud(rng, canvas.side, 0.6, stretch=12.0)
    tone = np.array((0.68, 0.44, 0.24)) * rng.uniform(0.75, 1.2, planks)[plank][..., None]
    gap = np.abs(y * planks - np.rint(y * planks)) < 0.03
    canvas.fill(np.where(gap[..., None], 0.12, tone * (1 + 0.10 * grain[..., None] + 0.07 * fibers[..., None])))
    return canvas


def cloth(rng: np.random.Generator, size: int) -> Canvas:
    """A woven check with visible threads and soft folds."""
    canvas = Canvas(size)
    x, y = canvas.grid
    palettes = np.array(
        (
            ((0.72, 0.10, 0.12), (0.95, 0.93, 0.88), (0.10, 0.14, 0.22)),
            ((0.12, 0.25, 0.48), (0.90, 0.88, 0.82), (0.66, 0.16, 0.14)),
            ((0.14, 0.34, 0.20), (0.88, 0.82, 0.64), (0.10, 0.12, 0.20)),
        )
    )
    colors = palettes[rng.integers(3)][rng.integers(0, 3, 24)]
    bands = float(rng.integers(5, 10))
    warp, weft = colors[(x * bands * 2).astype(int) % 24], colors[(y * bands * 2).astype(int) % 24]
    threads = int(rng.integers(26, 40))
    over = ((x * threads).astype(int) + (y * threads).astype(int)) % 2 == 0
    fold = 1 + 0.14 * cloud(rng, canvas.side, 2.2)[..., None]
    relief = 0.82 + 0.18 * np.abs(np.sin(np.pi * threads * np.where(over, x, y)))[..., None]
    canvas.fill(np.where(over[..., None], warp, weft) * relief * fold)
    return canvas


def marble(rng: np.random.Generator, size: int) -> Canvas:
    """Polished stone with veins."""
    canvas = Canvas(size)
    x, y = canvas.grid
    field = cloud(rng, canvas.side, 1.7)
    veins = np.abs(np.sin(5 * (x + 0.6 * y) + 2.2 * field)) ** 0.3
    light, dark = np.array(
        (
            ((0.93, 0.91, 0.88), (0.38, 0.40, 0.44)),
            ((0.50, 0.66, 0.56), (0.12, 0.24, 0.20)),
            ((0.90, 0.76, 0.66), (0.48, 0.22, 0.18)),
        )[rng.integers(3)]
    )
    canvas.fill(dark + (light - dark) * veins[..., None] + 0.03 * cloud(rng, canvas.side, 0.8)[..., None])
    return canvas
