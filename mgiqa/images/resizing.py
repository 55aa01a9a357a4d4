"""The size that a model looks at: no image has to be larger in memory, on disk or on the way."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

Size = tuple[int, int]
"""Width and height in pixels."""

WORTH = 2
"""An image of less than so many times the pixels that are looked at is left as it is."""
FINER = 2
"""A photo is decoded at least so many times finer than it is looked at, on both sides: see benchmarks/opening.py."""
_SCALES = (8, 4, 2)
"""What a JPEG can be decoded at a fraction of."""


@dataclass(frozen=True)
class Resizing:
    """How a model's processor resizes an image before it looks.

    Attributes:
        target: size of an image → the size that it is looked at.
        filter: Pillow's number of the filter that resizes it.
        name: stands for all of this.
    """

    target: Callable[[Size], Size]
    filter: int
    name: str

    def shrinks(self, size: Size) -> bool:
        """Whether an image is so much larger than it is looked at that it pays to shrink it before."""
        width, height = self.target(size)
        return width < size[0] and height < size[1] and size[0] * size[1] >= WORTH * width * height

    def scale(self, size: Size) -> int:
        """How many times more coarsely a JPEG of that size may be decoded: 1, 2, 4 or 8."""
        target = self.target(size)
        for scale in _SCALES if self.shrinks(size) else ():
            decoded = (-(-size[0] // scale), -(-size[1] // scale))
            fine = all(side >= FINER * looked_at for side, looked_at in zip(decoded, target, strict=True))
            if fine and (self._settles(target) or self.target(decoded) == target):
                return scale
        return 1

    def shrink(self, image: Image.Image, size: Size) -> Image.Image:
        """The image as the processor would make it of a file whose image has ``size``, and would then leave it.

        An image that it pays to leave as it is stays, and so does one that the processor would resize once more.
        """
        target = self.target(size)
        return image.resize(target, self.filter) if self.shrinks(size) and self._settles(target) else image

    def _settles(self, target: Size) -> bool:
        return self.target(target) == target
