"""Careless framing: tilted, off center, too far, too close, in the way.

Every function takes a view wider than the picture that is wanted, with the subject in the middle, and returns the
picture: a window of it, ``FIELD`` as wide at level 0, with fewer pixels by ``FINENESS``.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Pixels = NDArray[np.float64]

FIELD = 0.58
"""Side of a well-framed window as a share of the wide view."""

FINENESS = 1.5
"""Pixels of the wide view per pixel of the picture, at level 0."""


def window(image: Pixels, center: tuple[float, float] = (0.5, 0.5), side: float = FIELD, angle: float = 0.0) -> Pixels:
    """The picture seen through a square window, shape (m, m, 3) with m = n × ``FIELD`` / ``FINENESS``.

    Args:
        image: shape (n, n, 3) in [0, 1].
        center: (x, y) of the window's middle, in units of the image's side.
        side: of the window, in the same unit.
        angle: degrees by which the camera is turned.
    """
    size = round(image.shape[0] * FIELD / FINENESS)
    fine = 2 * size
    turn, scale = np.deg2rad(angle), side * image.shape[0] / fine
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    x, y = (part * image.shape[0] for part in center)
    place = (cosine, -sine, x - (cosine - sine) * fine / 2, sine, cosine, y - (sine + cosine) * fine / 2)
    whole = Image.fromarray(np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8))
    seen = whole.transform((fine, fine), Image.Transform.AFFINE, place, Image.Resampling.BICUBIC)
    return np.asarray(seen.resize((size, size), Image.Resampling.BOX), dtype=np.float64) / 255


def tilted(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Turns the camera by 5 degrees at level 1 to 27 at level 5, to either side."""
    return window(image, angle=5.4 * level * rng.choice((-1, 1)))


def off_center(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Moves the subject aside until, at level 5, most of it is cut off."""
    angle = rng.uniform(0, 2 * np.pi)
    aside = np.array((np.cos(angle), np.sin(angle)))
    x, y = 0.5 + 0.042 * level * aside / np.abs(aside).max()
    return window(image, (x, y))


def too_far(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Steps back until the subject is lost in the frame."""
    return window(image, side=FIELD + (1 - FIELD) * level / 5)


def too_close(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Steps so near that only a part of the subject is left."""
    return window(image, side=FIELD / (1 + 0.4 * level))


def obstructed(image: Pixels, level: float, rng: np.random.Generator) -> Pixels:
    """Lets out-of-focus fingers, straps and twigs reach into the frame, one more per level."""
    seen = window(image)
    size = seen.shape[0]
    mask = Image.new("L", (size, size))
    draw = ImageDraw.Draw(mask)
    for _ in range(round(level)):
        angle = rng.uniform(0, 2 * np.pi)
        edge = np.array((np.cos(angle), np.sin(angle))) * 0.75 + 0.5
        tip = edge + (0.5 - edge) * rng.uniform(0.45, 0.55 + 0.08 * level)
        half = size * rng.uniform(0.025, 0.07)
        draw.line([tuple(edge * size), tuple(tip * size)], fill=255, width=round(2 * half))
        draw.ellipse([tuple(tip * size - half), tuple(tip * size + half)], fill=255)
    soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(0.012 * size)), dtype=np.float64)[..., None] / 255
    color = np.array(((0.62, 0.40, 0.32), (0.08, 0.08, 0.09), (0.20, 0.15, 0.10)))[rng.integers(3)]
    return seen * (1 - soft) + color * soft
