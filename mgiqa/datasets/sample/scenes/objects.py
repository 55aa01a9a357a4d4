"""Things on a table, in the air or in the water: subjects with a shape, a light and a shadow."""

import numpy as np
from numpy.typing import NDArray

from mgiqa.datasets.sample.canvas import Canvas, Place, box, oval
from mgiqa.datasets.sample.fields import cloud
from mgiqa.datasets.sample.scenes.landscapes import sky

Pixels = NDArray[np.float64]

FRUITS = ((0.82, 0.12, 0.10), (0.95, 0.60, 0.08), (0.95, 0.82, 0.20), (0.45, 0.68, 0.16), (0.45, 0.16, 0.38))


def table(rng: np.random.Generator, canvas: Canvas, edge: float) -> None:
    """A wall above ``edge`` and a wooden table below."""
    x, y = canvas.grid
    wall = np.array(((0.78, 0.74, 0.66), (0.55, 0.63, 0.66), (0.68, 0.52, 0.42), (0.42, 0.47, 0.42))[rng.integers(4)])
    canvas.fill(wall * (1.08 - 0.35 * x[..., None]) * (1 + 0.03 * cloud(rng, canvas.side, 1.2)[..., None]))
    grain = np.sin(60 * y + 3 * cloud(rng, canvas.side, 1.5, stretch=8.0))[..., None]
    fibers = cloud(rng, canvas.side, 0.8, stretch=8.0)[..., None]
    color = np.array((0.52, 0.33, 0.19)) * (1 + 0.07 * grain + 0.07 * fibers) * (0.8 + 0.4 * (y[..., None] - edge))
    canvas.shaded(box(0, edge, 1, 1), color)


def fruit(rng: np.random.Generator, size: int) -> Canvas:
    """Fruit on a table."""
    canvas = Canvas(size)
    table(rng, canvas, rng.uniform(0.45, 0.6))
    count = int(rng.integers(3, 8))
    for foot in np.sort(rng.uniform(0.62, 0.92, count)):
        piece(rng, canvas, (rng.uniform(0.12, 0.88), foot), rng.uniform(0.09, 0.17))
    return canvas


def piece(rng: np.random.Generator, canvas: Canvas, foot: tuple[float, float], radius: float) -> None:
    """One piece of fruit with its shadow."""
    x, y = foot
    color = np.array(FRUITS[rng.integers(len(FRUITS))]) * rng.uniform(0.85, 1.1)
    canvas.ellipse((x + 0.35 * radius, y + 0.02), (1.1 * radius, 0.3 * radius), (0.20, 0.12, 0.07))
    canvas.ball((x, y - 0.85 * radius), radius, color)
    canvas.line([(x, y - 1.75 * radius), (x + 0.2 * radius, y - 2.1 * radius)], 0.012, (0.28, 0.20, 0.10))


def pottery(rng: np.random.Generator, size: int) -> Canvas:
    """Turned vessels with painted bands."""
    canvas = Canvas(size)
    table(rng, canvas, rng.uniform(0.5, 0.65))
    count = int(rng.integers(1, 4))
    for index in range(count):
        x, foot = (index + 0.5 + rng.uniform(-0.1, 0.1)) / count, rng.uniform(0.78, 0.9)
        vessel(rng, canvas, (x, foot), rng.uniform(0.4, 0.6), rng.uniform(0.10, 0.16) * (1.4 if count == 1 else 1))
    return canvas


def vessel(rng: np.random.Generator, canvas: Canvas, foot: tuple[float, float], height: float, width: float) -> None:
    """One vessel with its shadow."""
    steps = np.linspace(0, 1, 40)
    profile = width * (
        0.55
        + 0.45 * np.sin(np.pi * (0.15 + 0.85 * steps) ** rng.uniform(0.8, 1.8))
        + 0.12 * np.sin(9 * steps + rng.uniform(0, 6))
    )
    right = np.stack([foot[0] + profile, foot[1] - height * steps], axis=1)
    left = np.stack([foot[0] - profile[::-1], right[::-1, 1]], axis=1)
    x, y = canvas.grid
    across = np.clip((x - foot[0]) / width, -1, 1)
    light = (
        np.clip(0.75 - 0.5 * across - 0.35 * across**2, 0.12, 1.1)[..., None]
        + 0.5 * np.exp(-(((across + 0.45) / 0.08) ** 2))[..., None]
    )
    glaze = np.array(((0.20, 0.36, 0.62), (0.70, 0.32, 0.18), (0.85, 0.80, 0.68), (0.25, 0.46, 0.36)))[rng.integers(4)]
    band = np.array(((0.90, 0.86, 0.74), (0.22, 0.14, 0.12)))[rng.integers(2)]
    painted = (np.sin(2 * np.pi * (foot[1] - y) / height * rng.integers(3, 8)) > 0.55)[..., None]
    canvas.ellipse((foot[0] + 0.05, foot[1]), (1.3 * width, 0.04), (0.18, 0.11, 0.07))
    canvas.shaded(np.concatenate([right, left]), np.where(painted, band, glaze) * light)
    canvas.ellipse((foot[0], foot[1] - height), (profile[-1], 0.018), glaze * 0.3)


def balloons(rng: np.random.Generator, size: int) -> Canvas:
    """Hot-air balloons with gores, over a sky with clouds."""
    canvas = Canvas(size)
    sky(rng, canvas, clouds=0.8)
    for radius in np.sort(rng.uniform(0.06, 0.22, int(rng.integers(2, 6)))):
        balloon(rng, canvas, (rng.uniform(0.1, 0.9), rng.uniform(0.15, 0.7)), radius)
    return canvas


def balloon(rng: np.random.Generator, canvas: Canvas, center: tuple[float, float], radius: float) -> None:
    """One hot-air balloon; ``radius`` is that of its envelope."""
    x, y = center
    colors = np.array(FRUITS)[rng.permutation(len(FRUITS))[:2]]
    envelope = np.concatenate(
        [
            oval(center, (radius, radius))[24:],
            [[x + 0.25 * radius, y + 1.35 * radius], [x - 0.25 * radius, y + 1.35 * radius]],
        ]
    )
    across, _ = canvas.grid
    turn = np.arcsin(np.clip((across - x) / radius, -1, 1))
    stripes = (np.floor(turn * 8 / np.pi) % 2)[..., None]
    canvas.shaded(
        envelope, (colors[0] * stripes + colors[1] * (1 - stripes)) * (0.55 + 0.55 * np.cos(turn + 0.5))[..., None]
    )
    for side in (-0.2, 0.2):
        canvas.line(
            [(x + side * radius, y + 1.3 * radius), (x + 0.7 * side * radius, y + 1.7 * radius)],
            0.004,
            (0.2, 0.15, 0.1),
        )
    basket = np.array([[-0.17, 1.65], [0.17, 1.65], [0.13, 1.95], [-0.13, 1.95]]) * radius + center
    canvas.polygon(basket, (0.45, 0.30, 0.15))


def flowers(rng: np.random.Generator, size: int) -> Canvas:
    """Blossoms over dark leaves."""
    canvas = Canvas(size, (0.08, 0.16, 0.08))
    for _ in range(60):
        canvas.ellipse(
            rng.uniform(0, 1, 2),
            (0.13, 0.05),
            np.array((0.14, 0.34, 0.12)) * rng.uniform(0.5, 1.4),
            rng.uniform(0, np.pi),
        )
    for radius in np.sort(rng.uniform(0.07, 0.24, int(rng.integers(3, 8)))):
        blossom(rng, canvas, rng.uniform(0.12, 0.88, 2), radius)
    return canvas


def blossom(rng: np.random.Generator, canvas: Canvas, center: Place, radius: float) -> None:
    """One flower seen from above."""
    color = np.array(
        ((0.90, 0.25, 0.35), (0.95, 0.75, 0.15), (0.94, 0.92, 0.95), (0.62, 0.32, 0.72), (0.95, 0.50, 0.20))
    )[rng.integers(5)]
    petals, start = int(rng.integers(6, 13)), rng.uniform(0, np.pi)
    for ring, shade in ((1.0, 0.75), (0.72, 0.95)):
        for turn in start + ring + np.linspace(0, 2 * np.pi, petals, endpoint=False):
            place = np.asarray(center) + 0.55 * ring * radius * np.array((np.cos(turn), np.sin(turn)))
            canvas.ellipse(place, (0.48 * ring * radius, 1.5 * ring * radius / petals), color * shade * 0.8, turn)
            canvas.ellipse(place, (0.42 * ring * radius, 1.2 * ring * radius / petals), color * shade, turn)
    canvas.ball(center, 0.25 * radius, (0.75, 0.52, 0.12), gloss=0.1)


def fish(rng: np.random.Generator, size: int) -> Canvas:
    """Striped fish over sand, in blue water."""
    canvas = Canvas(size)
    water(rng, canvas, 0.82)
    for length in np.sort(rng.uniform(0.08, 0.22, int(rng.integers(3, 9)))):
        swimmer(rng, canvas, rng.uniform((0.15, 0.12), (0.85, 0.76)), length)
    return canvas


def water(rng: np.random.Generator, canvas: Canvas, bottom: float) -> None:
    """Blue water that darkens downward, and sand."""
    _, y = canvas.grid
    light = cloud(rng, canvas.side, 1.5, stretch=0.6)[..., None]
    canvas.fill(np.array((0.20, 0.55, 0.70)) * (1.15 - 0.6 * y[..., None]) * (1 + 0.06 * light))
    sand = np.array((0.72, 0.66, 0.48)) * (1 + 0.12 * cloud(rng, canvas.side, 0.8)[..., None])
    canvas.shaded(np.array([[0, bottom], [0.5, bottom - 0.03], [1, bottom + 0.02], [1, 1], [0, 1]]), sand)


def swimmer(rng: np.random.Generator, canvas: Canvas, center: Pixels, length: float) -> None:
    """One fish; ``length`` is half that of its body."""
    x, y = canvas.grid
    ahead = rng.choice((-1, 1))
    color = np.array(((0.96, 0.52, 0.10), (0.95, 0.85, 0.20), (0.85, 0.22, 0.20)))[rng.integers(3)]
    stripes = (np.sin((x - center[0]) / length * 9) > 0.7)[..., None]
    body = np.where(stripes, 0.95, color) * (1.15 - 0.5 * np.clip((y[..., None] - center[1]) / length + 0.5, 0, 1))
    tail = center - np.array((ahead * 0.9 * length, 0))
    fin = np.array((-ahead * 0.45 * length, 0.35 * length))
    canvas.polygon([tail, tail + fin * (1, -1), tail + fin], color * 0.8)
    canvas.shaded(oval(center, (length, 0.5 * length)), body)
    eye = center + np.array((0.65 * ahead, -0.08)) * length
    canvas.ellipse(eye, (0.09 * length, 0.09 * length), (0.05, 0.05, 0.05))


def lights(rng: np.random.Generator, size: int) -> Canvas:
    """A candle-lit evening: lamps in front of a dark blue dusk, reflected below."""
    canvas = Canvas(size)
    _, y = canvas.grid
    canvas.fill(
        np.array((0.05, 0.07, 0.16))
        + np.array((0.10, 0.07, 0.08)) * y[..., None] * (1 + 0.3 * cloud(rng, canvas.side, 1.4)[..., None])
    )
    for _ in range(int(rng.integers(10, 26))):
        place, radius = rng.uniform(0.04, 0.96, 2) * (1, 0.75), rng.uniform(0.015, 0.05)
        color = np.array(((1.0, 0.78, 0.35), (1.0, 0.55, 0.25), (0.95, 0.92, 0.80), (0.60, 0.75, 1.0)))[rng.integers(4)]
        canvas.line([(place[0], place[1]), (place[0], place[1] + 0.2)], 0.012, color * 0.3)
        canvas.ball(place, 1.5 * radius, color * 0.5, gloss=0)
        canvas.ball(place, radius, color, gloss=0.8)
    return canvas
