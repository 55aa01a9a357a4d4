"""A processor of images and text that needs no video support.

``Qwen2_5_VLProcessor`` demands a video processor, which needs torchvision, which does not exist for the CPU build of
torch. Judging one image needs neither.
"""

import math
from typing import Any

import numpy as np
from transformers import BatchFeature
from transformers.image_utils import make_flat_list_of_images
from transformers.models.qwen2_5_vl.processing_qwen2_5_vl import Qwen2_5_VLProcessor
from transformers.processing_utils import ProcessorMixin

FEWEST_PIXELS = 56 * 56
"""Smaller images are enlarged to so many: the lower bound that Qwen2.5-VL was published with."""


class ImageTextProcessor(Qwen2_5_VLProcessor):
    """The processor of Qwen2.5-VL without its video part; saved and loaded like any other.

    What occurs several times in a batch is processed once: k answers to one image ask the same question k times.
    """

    def __init__(
        self, image_processor: Any = None, tokenizer: Any = None, chat_template: str | None = None, **_: Any
    ) -> None:
        self.image_token = "<|image_pad|>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.video_token = "<|video_pad|>"
        self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)

    def __call__(self, images: Any = None, text: Any = None, **options: Any) -> BatchFeature:
        """As of any processor; rows of the same text and the very same image are processed once and repeated."""
        if images is None or not isinstance(text, list):
            return super().__call__(images=images, text=text, **options)
        flat = make_flat_list_of_images(images)
        keys = [(words, id(image)) for words, image in zip(text, flat, strict=True)] if len(flat) == len(text) else []
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        if len(numbers) == len(keys):
            return super().__call__(images=images, text=text, **options)
        first = [keys.index(key) for key in numbers]
        once = super().__call__(images=[flat[row] for row in first], text=[text[row] for row in first], **options)
        return _repeated(once, [numbers[key] for key in keys])


def limit_pixels(images: Any, most: int) -> None:
    """Makes an image processor shrink what has more than ``most`` pixels.

    Processors in Qwen's form count pixels. Those in Idefics3's form cut an image into square tiles (512 pixels a side
    for SmolVLM) and add a small view of the whole; they get as many tiles as fit, or the whole alone if two by two
    would not.
    """
    tile = getattr(images, "max_image_size", None)
    if tile is None:
        images.size = {"shortest_edge": FEWEST_PIXELS, "longest_edge": most}
        return
    tiles = int(math.sqrt(most) // tile["longest_edge"])
    images.do_image_splitting = tiles > 1
    images.size = {"longest_edge": max(tiles, 1) * tile["longest_edge"]}


def _repeated(inputs: BatchFeature, order: list[int]) -> BatchFeature:
    """Row ``order[i]`` of ``inputs`` as row i."""
    ends = np.cumsum([math.prod(int(side) for side in grid) for grid in inputs["image_grid_thw"]])
    starts = np.concatenate([[0], ends[:-1]])
    patches = np.concatenate([np.arange(starts[row], ends[row]) for row in order])
    for name, values in inputs.items():
        rows = patches if name == "pixel_values" else order
        inputs[name] = [values[row] for row in rows] if isinstance(values, list) else values[rows]
    return inputs
