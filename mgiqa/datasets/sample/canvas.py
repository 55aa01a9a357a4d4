"""A surface to paint scenes on, in units of its own side; it is larger than the image, so edges come out smooth."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Color = Sequence[float] | NDArray[np.float64]
Place = Sequence[float] | NDArray[np.float64]
Points = Sequence[Sequence[float]] | Sequence[NDArray[np.float64]] | NDArray[np.float64]
SUPERSAMPLING = 2


class Canvas:
    """A square surface; places are (x, y) in [0, 1] from the upper left corner, colors are RGB in [0, 1].

    Attributes:
        side: pixels of the surface, ``finer`` times those of the finished image.
    """

    def __init__(self, size: int, background: Color | None = None, finer: int = SUPERSAMPLING) -> None:
        self.side = size * finer
        self._image = Image.new(
            "RGB", (self.side, self.side), _rgb(background if background is not None else (0, 0, 0))
        )
        self._draw = ImageDraw.Draw(self._image)

    @property
    def grid(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The (x, y) places of all pixels, two arrays of shape (side, side)."""
        axis = (np.arange(self.side) + 0.5) / self.side
        x, y = np.meshgrid(axis, axis)
        return x, y

    @property
    def pixels(self) -> NDArray[np.float64]:
        """What is painted, float array of shape (side, side, 3) in [0, 1]."""
        return np.asarray(self._image, dtype=np.float64) / 255

    def fill(self, pixels: NDArray[np.float64]) -> None:
        """Replaces everything by ``pixels``, shape (side, side, 3)."""
        self._image.paste(_image(pixels))

    def polygon(self, points: Points, color: Color) -> None:
        """Paints a filled polygon; ``points`` has shape (n, 2)."""
        self._draw.polygon(self._places(points), fill=_rgb(color))

    def line(self, points: Points, width: float, color: Color) -> None:
        """Paints a line through ``points``, shape (n, 2), with round joints."""
        self._draw.line(self._places(points), fill=_rgb(color), width=max(1, round(width * self.side)), joint="curve")

    def ellipse(self, center: Place, radii: Place, color: Color, angle: float = 0.0) -> None:
        """Paints a filled ellipse, turned by ``angle`` radians."""
        self.polygon(oval(center, radii, angle), color)

    def shaded(self, points: Points, pixels: NDArray[np.float64]) -> None:
        """Paints a polygon with ``pixels``, an array of shape (side, side, 3), seen through it."""
        places = np.asarray(points, dtype=np.float64) * self.side
        left, top = np.clip(np.floor(places.min(axis=0)).astype(int), 0, self.side - 1)
        right, bottom = np.clip(np.ceil(places.max(axis=0)).astype(int) + 1, 1, self.side)
        mask = Image.new("L", (int(right - left), int(bottom - top)))
        ImageDraw.Draw(mask).polygon((places - (left, top)).ravel().tolist(), fill=255)
        self._image.paste(_image(pixels[top:bottom, left:right]), (int(left), int(top)), mask)

    def ball(self, center: Place, radius: float, color: Color, gloss: float = 0.5) -> None:
        """Paints a sphere lit from the upper left; ``gloss`` in [0, 1] is the strength of its highlight."""
        reach = radius * self.side
        left, top = (int(part * self.side - reach) for part in np.asarray(center))
        axis = np.arange(int(2 * reach) + 2)
        u, v = np.meshgrid(
            *(
                (corner + axis + 0.5 - part * self.side) / reach
                for corner, part in zip((left, top), center, strict=True)
            )
        )
        depth = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
        light = np.clip(-0.45 * u - 0.55 * v + 0.7 * depth, 0, 1)[..., None]
        surface = _image(np.asarray(color) * (0.28 + 0.8 * light) + gloss * light**24)
        mask = Image.fromarray(((u * u + v * v <= 1) * 255).astype(np.uint8))
        self._image.paste(surface, (left, top), mask)

    def _places(self, points: Points) -> list[float]:
        flat: list[float] = (np.asarray(points, dtype=np.float64) * self.side).ravel().tolist()
        return flat

    def finish(self, size: int) -> NDArray[np.float64]:
        """The finished image, float array of shape (size, size, 3) in [0, 1]."""
        return np.asarray(self._image.resize((size, size), Image.Resampling.LANCZOS), dtype=np.float64) / 255


def box(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    """The corners of an upright rectangle, shape (4, 2)."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)


def oval(center: Place, radii: Place, angle: float = 0.0, points: int = 48) -> NDArray[np.float64]:
    """The outline of an ellipse, shape (points, 2)."""
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    flat = np.stack([np.cos(turn), np.sin(turn)], axis=1) * np.asarray(radii)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return flat @ rotation + np.asarray(center)


def _rgb(color: Color) -> tuple[int, int, int]:
    red, green, blue = (round(255 * min(max(float(part), 0.0), 1.0)) for part in color)
    return red, green, blue


def _image(pixels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))
