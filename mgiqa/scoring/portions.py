"""A few images at a time, by the memory that their pixels take; one that cannot be opened stands for itself alone."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from PIL.Image import Image

from mgiqa.cores import usable_cores
from mgiqa.errors import ImageError
from mgiqa.images.loader import OPENERS
from mgiqa.parallel import in_parallel

HELD = 256_000_000
"""Bytes of pixels from which on a portion is full; the last image may exceed it."""
_TOGETHER = 64
"""Images of a portion, however small."""

Openable = TypeVar("Openable")


def portions(
    sources: Iterable[Openable], look: Callable[[Openable], Image], openers: int = OPENERS
) -> Iterator[list[Image | ImageError]]:
    """Opens images as they are needed, a few of them ahead.

    Args:
        sources: read one at a time.
        look: opens one as RGB, in threads; the ``ImageError`` that it raises takes the place of the image.
        openers: threads, at most.

    Yields:
        The images of the next portion, in order. The list is emptied when the next one is asked for.
    """

    def opened(source: Openable) -> Image | ImageError:
        try:
            return look(source)
        except ImageError as error:
            return error

    portion: list[Image | ImageError] = []
    held = 0
    for image in in_parallel(opened, sources, min(openers, usable_cores())):
        portion.append(image)
        held += 0 if isinstance(image, ImageError) else 3 * image.width * image.height
        del image
        if held >= HELD or len(portion) >= _TOGETHER:
            yield portion
            portion.clear()
            held = 0
    if portion:
        yield portion
