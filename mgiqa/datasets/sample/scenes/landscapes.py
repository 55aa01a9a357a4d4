"""Outdoor views: mountains, sea, hills, a city, dunes. Colors are those of nature, so that a cast can be told."""

import numpy as np
from numpy.typing import NDArray

from mgiqa.datasets.sample.canvas import Canvas, box
from mgiqa.datasets.sample.fields import cloud

Pixels = NDArray[np.float64]

_SKIES = (
    ((0.25, 0.50, 0.85), (0.80, 0.90, 0.97)),
    ((0.36, 0.60, 0.90), (0.90, 0.93, 0.95)),
    ((0.28, 0.36, 0.62), (0.98, 0.74, 0.48)),
    ((0.45, 0.58, 0.75), (0.93, 0.88, 0.80)),
)


def sky(rng: np.random.Generator, canvas: Canvas, clouds: float = 0.5) -> None:
    """Fills the canvas with a sky that brightens toward the horizon, with clouds of the given strength."""
    upper, lower = (np.array(color) for color in _SKIES[rng.integers(len(_SKIES))])
    _, y = canvas.grid
    height = np.clip(y / 0.7, 0, 1)[..., None]
    cover = np.clip(cloud(rng, canvas.side, 1.7, stretch=2.2) * 0.5, 0, 1)[..., None] * clouds
    canvas.fill((upper * (1 - height) + lower * height) * (1 - cover) + 0.97 * cover)


def ridge(rng: np.random.Generator, height: float, rise: float, slope: float = 1.5) -> Pixels:
    """The outline of a range of hills around ``height``, shape (n, 2), closed along the lower border."""
    steps = np.linspace(0, 1, 160)
    waves = np.zeros_like(steps)
    for octave in range(1, 24):
        waves += rng.normal() * octave**-slope * np.sin(2 * np.pi * (octave * steps * 0.8 + rng.uniform()))
    top = height + rise * waves / (np.abs(waves).max() + 1e-9)
    return np.concatenate([np.stack([steps, top], axis=1), [[1, 1], [0, 1]]])


def mountains(rng: np.random.Generator, size: int) -> Canvas:
    """Ranges one behind the other, paler with distance, snow on the farthest."""
    canvas = Canvas(size)
    sky(rng, canvas)
    near = np.array(((0.16, 0.32, 0.16), (0.30, 0.34, 0.18), (0.22, 0.30, 0.24))[rng.integers(3)])
    far = np.array((0.55, 0.65, 0.78))
    stone = cloud(rng, canvas.side, 1.0)[..., None]
    ranges = int(rng.integers(3, 6))
    for index in range(ranges):
        closeness = index / (ranges - 1)
        outline = ridge(rng, 0.36 + 0.5 * closeness, 0.2 - 0.1 * closeness, slope=1.35)
        color = far * (1 - closeness) + near * closeness
        canvas.shaded(outline, color * (1 + (0.05 + 0.13 * closeness) * stone))
        if index == 0:
            _snow(rng, canvas, outline, stone)
    return canvas


def _snow(rng: np.random.Generator, canvas: Canvas, outline: Pixels, stone: Pixels) -> None:
    across, top = outline[:-2].T
    border = np.quantile(top, rng.uniform(0.2, 0.6)) + 0.012 * rng.standard_normal(len(top))
    lower = np.stack([across, np.maximum(top, border)], axis=1)
    canvas.shaded(np.concatenate([outline[:-2], lower[::-1]]), np.full(3, 0.93) + 0.04 * stone)


def sea(rng: np.random.Generator, size: int) -> Canvas:
    """Water up to a horizon, a low sun or none, sometimes a sail."""
    canvas = Canvas(size)
    sky(rng, canvas, clouds=0.4)
    horizon = rng.uniform(0.40, 0.62)
    if rng.random() < 0.6:
        canvas.ellipse((rng.uniform(0.2, 0.8), horizon - rng.uniform(0.06, 0.22)), (0.06, 0.06), (1.0, 0.95, 0.75))
    water(rng, canvas, horizon)
    for _ in range(int(rng.integers(1, 4))):
        length = rng.uniform(0.07, 0.22)
        sail(canvas, (rng.uniform(0.1, 0.9), horizon + 0.5 * length), length)
    return canvas


def water(rng: np.random.Generator, canvas: Canvas, horizon: float) -> None:
    """Rippled water from the horizon down."""
    _, y = canvas.grid
    depth = np.clip((y - horizon) / (1 - horizon), 0, 1)
    ripples = np.sin(90 * np.sqrt(depth + 0.02) + 1.6 * cloud(rng, canvas.side, 1.3, stretch=5.0))
    color = np.array((0.36, 0.60, 0.70)) * (1 - depth[..., None]) + np.array((0.05, 0.24, 0.38)) * depth[..., None]
    canvas.shaded(box(0, horizon, 1, 1), color + 0.10 * ripples[..., None] * (0.3 + depth[..., None]))


def sail(canvas: Canvas, foot: tuple[float, float], scale: float) -> None:
    """A boat with a white and a red sail; ``foot`` is where the mast meets the hull."""
    x, base = foot
    canvas.polygon([[x, base], [x, base - 1.3 * scale], [x + 0.6 * scale, base]], (0.96, 0.94, 0.88))
    canvas.polygon([[x - 0.03, base], [x - 0.03, base - scale], [x - 0.03 - 0.4 * scale, base]], (0.82, 0.20, 0.16))
    hull = [
        [x - 0.6 * scale, base],
        [x + 0.7 * scale, base],
        [x + 0.5 * scale, base + 0.2 * scale],
        [x - 0.4 * scale, base + 0.2 * scale],
    ]
    canvas.polygon(hull, (0.35, 0.20, 0.12))


def meadow(rng: np.random.Generator, size: int) -> Canvas:
    """Green hills with trees, grass blades and flowers in front."""
    canvas = Canvas(size)
    sky(rng, canvas, clouds=0.8)
    grass = cloud(rng, canvas.side, 0.9, stretch=0.5)[..., None]
    for height, color in ((0.5, (0.45, 0.60, 0.36)), (0.62, (0.34, 0.55, 0.22)), (0.74, (0.26, 0.48, 0.14))):
        canvas.shaded(ridge(rng, height, 0.06, slope=2.5), np.array(color) * (1 + 0.12 * grass))
        for _ in range(int(rng.integers(1, 5))):
            tree(rng, canvas, (rng.uniform(0.03, 0.97), height + 0.05), rng.uniform(0.12, 0.20) * height * 1.6)
    for _ in range(140):
        x, y = rng.uniform(0, 1), rng.uniform(0.80, 1.05)
        tip = (x + rng.normal(0, 0.02), y - rng.uniform(0.05, 0.13))
        canvas.line([(x, y), tip], 0.006, np.array((0.22, 0.45, 0.10)) * rng.uniform(0.7, 1.5))
        if rng.random() < 0.25:
            canvas.ellipse(
                tip, (0.014, 0.014), ((0.95, 0.85, 0.2), (0.9, 0.2, 0.2), (0.95, 0.95, 0.95))[rng.integers(3)]
            )
    return canvas


def tree(rng: np.random.Generator, canvas: Canvas, foot: tuple[float, float], height: float) -> None:
    """A tree with a crown of many tufts, or a fir."""
    x, y = foot
    canvas.polygon(
        [
            [x - 0.05 * height, y],
            [x + 0.05 * height, y],
            [x + 0.03 * height, y - 0.5 * height],
            [x - 0.03 * height, y - 0.5 * height],
        ],
        (0.33, 0.22, 0.13),
    )
    green = np.array((0.16, 0.38, 0.12)) * rng.uniform(0.8, 1.4)
    if rng.random() < 0.4:
        for tier in range(4):
            width, top = (0.34 - 0.07 * tier) * height, y - (0.2 + 0.2 * tier) * height
            canvas.polygon([[x - width, top], [x + width, top], [x, top - 0.36 * height]], green * (0.8 + 0.12 * tier))
        return
    for _ in range(60):
        offset = rng.normal(0, 0.15, 2) * height
        light = 1.0 - 1.3 * (offset[0] + offset[1]) / height
        canvas.ellipse(
            (x + offset[0], y - 0.7 * height + offset[1]),
            np.full(2, rng.uniform(0.04, 0.1) * height),
            green * np.clip(light, 0.6, 1.7),
        )


def city(rng: np.random.Generator, size: int) -> Canvas:
    """Houses with lit or dark windows against the sky."""
    canvas = Canvas(size)
    night = rng.random() < 0.3
    if night:
        _, y = canvas.grid
        canvas.fill(np.array((0.05, 0.07, 0.18)) + y[..., None] * np.array((0.22, 0.14, 0.20)))
    else:
        sky(rng, canvas)
    for row in range(2):
        x = -0.05
        while x < 1:
            width, height = rng.uniform(0.10, 0.24), rng.uniform(0.30, 0.75) * (1 - 0.35 * row)
            tone = np.array(
                ((0.62, 0.52, 0.44), (0.72, 0.68, 0.60), (0.55, 0.30, 0.24), (0.45, 0.50, 0.56))[rng.integers(4)]
            )
            _house(rng, canvas, (x, 1 - height), width, tone * ((0.30 if night else 0.85) + 0.15 * row), night)
            x += width + rng.uniform(0, 0.02)
    return canvas


def _house(
    rng: np.random.Generator, canvas: Canvas, corner: tuple[float, float], width: float, tone: Pixels, night: bool
) -> None:
    x, y = corner
    canvas.polygon(box(x, y, x + width, 1), tone)
    canvas.polygon(box(x + 0.75 * width, y, x + width, 1), tone * 0.8)
    columns = max(2, round(width / 0.045))
    pane = width / (columns + 0.5)
    for row in range(int((1 - y) / 0.06)):
        for column in range(columns):
            lit = night and rng.random() < 0.55
            glass = (
                (0.98, 0.85, 0.45) if lit else np.array((0.30, 0.40, 0.50)) * (0.35 if night else rng.uniform(0.7, 1.3))
            )
            left, top = x + pane * (column + 0.4), y + 0.02 + 0.06 * row
            canvas.polygon(box(left, top, left + 0.6 * pane, top + 0.035), glass)


def dunes(rng: np.random.Generator, size: int) -> Canvas:
    """Sand with wind ripples under a blue sky."""
    canvas = Canvas(size)
    sky(rng, canvas, clouds=0.2)
    x, y = canvas.grid
    field = cloud(rng, canvas.side, 1.8)
    for index, height in enumerate((0.45, 0.58, 0.75)):
        ripples = np.sin((70 - 12 * index) * (y * 1.4 + 0.15 * field + 0.2 * x) * 2)[..., None]
        color = np.array((0.88, 0.68, 0.42)) * (0.78 + 0.13 * index)
        canvas.shaded(ridge(rng, height, 0.12, slope=2.6), color * (1 + 0.09 * ripples + 0.06 * field[..., None]))
    return canvas
