"""A few images at a time, by the memory that their pixels take; one that cannot be opened stands for itself alone."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from PIL.Image import Image

from mgiqa.errors import ImageError

HELD = 256_000_000
"""Bytes of pixels from which on a portion is full; the last image may exceed it."""
_TOGETHER = 64
"""Images of a portion, however small."""

Openable = TypeVar("Openable")


def portions(sources: Iterable[Openable], look: Callable[[Openable], Image]) -> Iterator[list[Image | ImageError]]:
    """Opens images as they are needed.

    Args:
        sources: read one at a time.
        look: opens one as RGB; the ``ImageError`` that it raises takes the place of the image.

    Yields:
        The images of the next portion, in order. The list is emptied when the next one is asked for.
    """
    portion: list[Image | ImageError] = []
    held = 0
    for source in sources:
        try:
            portion.append(image := look(source))
            held += 3 * image.width * image.height
            del image
        except ImageError as error:
            portion.append(error)
        if held >= HELD or len(portion) >= _TOGETHER:
            yield portion
            portion.clear()
            held = 0
    if portion:
        yield portion
