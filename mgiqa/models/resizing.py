"""What image processors do to the size of an image, by their own functions."""

from functools import partial
from typing import Any

import numpy as np
from transformers.models.idefics3.image_processing_pil_idefics3 import (
    Idefics3ImageProcessorPil,
    get_resize_output_image_size,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil, smart_resize

from mgiqa.images.loader import IN_MEMORY, ImageLoader
from mgiqa.images.resizing import Resizing, Size
from mgiqa.workspace import Workspace


def resizing_of(images: Any) -> Resizing | None:
    """How an image processor resizes; ``None`` for one whose way is not known, or that does not.

    Processors in Qwen's form bring an image to multiples of a merged patch within bounds on its pixels; those in
    Idefics3's form bring its longer side to a length, and then to whole tiles.
    """
    if not images.do_resize:
        return None
    if isinstance(images, Qwen2VLImageProcessorPil):
        factor = images.patch_size * images.merge_size
        least, most = images.size["shortest_edge"], images.size["longest_edge"]
        target = partial(_within_pixels, factor=factor, least=least, most=most)
        return Resizing(target, images.resample, f"qwen-{factor}-{least}-{most}-{images.resample:d}")
    if isinstance(images, Idefics3ImageProcessorPil) and images.size["longest_edge"]:
        longest = images.size["longest_edge"]
        target = partial(_by_longest_edge, longest=longest)
        return Resizing(target, images.resample, f"idefics3-{longest}-{images.resample:d}")
    return None


def loader_for(processor: Any, workspace: Workspace, memory: int = IN_MEMORY) -> ImageLoader:
    """Opens images for a model of that processor, and keeps those that it had to shrink.

    ``memory`` is 0 where all images are seen once, and then all again: the first would have gone by then.
    """
    return ImageLoader(resizing_of(processor.image_processor), workspace.shrunk_images, memory)


def _within_pixels(size: Size, factor: int, least: int, most: int) -> Size:
    width, height = size
    height, width = smart_resize(height, width, factor, least, most)
    return width, height


def _by_longest_edge(size: Size, longest: int) -> Size:
    width, height = size
    empty = np.broadcast_to(np.uint8(0), (1, height, width))  # it is asked for its shape alone
    height, width = get_resize_output_image_size(empty, longest)
    return width, height
