"""Written and printed things: a page, a sign, a chart."""

import numpy as np

from mgiqa.datasets.sample.canvas import Canvas, box
from mgiqa.datasets.sample.fields import cloud


def page(rng: np.random.Generator, size: int) -> Canvas:
    """A printed page with a heading, a picture and lines of letter-like marks."""
    canvas = Canvas(size, (0.95, 0.93, 0.88))
    canvas.fill(canvas.pixels * (1 + 0.02 * cloud(rng, canvas.side, 1.4)[..., None]))
    accent = np.array(((0.70, 0.12, 0.12), (0.12, 0.28, 0.55), (0.12, 0.42, 0.25)))[rng.integers(3)]
    canvas.polygon(box(0, 0, 1, 0.16), accent)
    _line(rng, canvas, 0.06, 0.10, 0.94, 0.075, (0.96, 0.95, 0.92))
    picture = rng.uniform(0.25, 0.6)
    canvas.polygon(box(0.55, picture, 0.95, picture + 0.28), (0.60, 0.74, 0.86))
    canvas.polygon(
        [
            [0.55, picture + 0.28],
            [0.68, picture + 0.10],
            [0.8, picture + 0.22],
            [0.87, picture + 0.14],
            [0.95, picture + 0.28],
        ],
        (0.28, 0.44, 0.26),
    )
    for y in np.arange(0.22, 0.97, 0.062):
        wide = not picture - 0.05 < y < picture + 0.3
        _line(rng, canvas, 0.06, y, 0.94 if wide else 0.5, 0.034, (0.12, 0.12, 0.14))
    return canvas


def _line(
    rng: np.random.Generator,
    canvas: Canvas,
    left: float,
    y: float,
    right: float,
    height: float,
    color: tuple[float, float, float],
) -> None:
    x = left
    while x < right - height:
        if rng.random() < 0.18:
            x += 0.5 * height
            continue
        strokes = rng.uniform((0, 0), (0.55, 1), (int(rng.integers(3, 5)), 2)) * height + (x, y - 0.5 * height)
        canvas.line(strokes, 0.2 * height, color)
        x += 0.78 * height


def sign(rng: np.random.Generator, size: int) -> Canvas:
    """A road sign against the sky and trees."""
    canvas = Canvas(size, (0.62, 0.76, 0.90))
    for _ in range(160):
        canvas.ellipse(
            rng.uniform((0, 0.55), (1, 1.0)),
            rng.uniform(0.03, 0.08, 2),
            np.array((0.20, 0.38, 0.16)) * rng.uniform(0.6, 1.4),
        )
    x, y, half = rng.uniform(0.4, 0.6), rng.uniform(0.35, 0.45), rng.uniform(0.2, 0.28)
    canvas.polygon(box(x - 0.02, y, x + 0.02, 1), (0.55, 0.56, 0.58))
    plate = ((0.80, 0.10, 0.12), (0.10, 0.26, 0.60), (0.93, 0.76, 0.12), (0.08, 0.42, 0.26))[rng.integers(4)]
    corners = int(rng.choice((3, 4, 8, 40)))
    turn = (
        np.linspace(0, 2 * np.pi, corners, endpoint=False)
        + np.pi / 2
        + (np.pi / corners if corners in (4, 8) else np.pi)
    )
    outline = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    canvas.polygon(outline * half + (x, y), (0.95, 0.95, 0.95))
    canvas.polygon(outline * 0.88 * half + (x, y), plate)
    for row in (-0.18, 0.12):
        _line(rng, canvas, x - 0.5 * half, y + row * half + 0.02, x + 0.55 * half, 0.28 * half, (0.97, 0.97, 0.95))
    return canvas


def chart(rng: np.random.Generator, size: int) -> Canvas:
    """A poster of squares and circles in strong, clean colors."""
    canvas = Canvas(size, (0.94, 0.91, 0.84))
    colors = (
        (0.80, 0.16, 0.14),
        (0.95, 0.76, 0.15),
        (0.12, 0.34, 0.58),
        (0.14, 0.14, 0.16),
        (0.92, 0.90, 0.86),
        (0.30, 0.55, 0.42),
    )
    count = int(rng.integers(3, 7))
    step = 1 / count
    for row in range(count):
        for column in range(count):
            corner = np.array((column, row)) * step
            canvas.polygon(corner + np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * step, colors[rng.integers(6)])
            figure, color = rng.integers(3), colors[rng.integers(6)]
            if figure == 0:
                canvas.ellipse(corner + 0.5 * step, (0.4 * step, 0.4 * step), color)
            elif figure == 1:
                canvas.polygon(corner + np.array([[0, 0], [1, 0], [0, 1]]) * step, color)
            else:
                canvas.line(corner + np.array([[0, 0.5], [1, 0.5]]) * step, 0.2 * step, color)
    return canvas
