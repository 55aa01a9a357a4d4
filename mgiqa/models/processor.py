"""A processor of images and text that needs no video support.

``Qwen2_5_VLProcessor`` demands a video processor, which needs torchvision; what the package index has of that does not
run with the CPU build of torch. Judging one image needs neither. A folder is written in the form of transformers' own
processor all the same, with its video part, so that others load it as they load any other model.
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from transformers import AutoImageProcessor, AutoProcessor, AutoTokenizer, BatchFeature
from transformers.image_utils import make_flat_list_of_images
from transformers.models.qwen2_5_vl.processing_qwen2_5_vl import Qwen2_5_VLProcessor
from transformers.processing_utils import ProcessorMixin
from transformers.tokenization_utils_base import TOKENIZER_CONFIG_FILE
from transformers.utils import IMAGE_PROCESSOR_NAME, PROCESSOR_NAME, VIDEO_PROCESSOR_NAME

STANDARD = {
    "qwen2_vl": ("Qwen2VLProcessor", "Qwen2VLVideoProcessor"),
    "qwen2_5_vl": ("Qwen2_5_VLProcessor", "Qwen2VLVideoProcessor"),
    "qwen3_vl": ("Qwen3VLProcessor", "Qwen3VLVideoProcessor"),
}
"""Model type whose own processor demands torchvision for videos → that processor, and its part for videos."""

OF_THE_MODEL = ("patch_size", "temporal_patch_size", "merge_size", "image_mean", "image_std")
"""What the parts for images and for videos have in common."""

_OF_LOADING = frozenset({"is_local", "local_files_only"})
"""What transformers keeps of the call by which a tokenizer was loaded."""

FEWEST_PIXELS = 56 * 56
"""Smaller images are enlarged to so many: the lower bound that Qwen2.5-VL was published with."""


class ImageTextProcessor(Qwen2_5_VLProcessor):
    """The processor of Qwen2.5-VL without its video part.

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


def load_processor(folder: Path, model_type: str) -> Any:
    """The processor of a model folder; without its video part where that would need torchvision.

    Images are always resized by Pillow: torchvision, where it is installed, gives slightly different pixels.
    """
    options = {"local_files_only": True, "trust_remote_code": False}
    if model_type in STANDARD:
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        images = AutoImageProcessor.from_pretrained(folder, backend="pil", **options)
        processor: Any = ImageTextProcessor(images, tokenizer, chat_template=tokenizer.chat_template)
    else:
        processor = AutoProcessor.from_pretrained(folder, **options)
    processor.tokenizer.padding_side = "left"
    return processor


def save_processor(folder: Path, processor: Any, model_type: str) -> None:
    """Writes the processor as transformers' own of that model type, so that ``AutoProcessor`` knows it.

    Each part also gets a file of its own, and the tokenizer its older names: programs that stand on transformers 4 look
    for these.
    """
    processor.save_pretrained(folder)
    _write_tokenizer_config(folder / TOKENIZER_CONFIG_FILE)
    if model_type not in STANDARD:
        return
    name, videos = STANDARD[model_type]
    images = processor.to_dict()["image_processor"]
    video = {key: images[key] for key in OF_THE_MODEL} | {"video_processor_type": videos}
    whole = _read(folder / PROCESSOR_NAME)
    _write(folder / PROCESSOR_NAME, whole | {"processor_class": name, "video_processor": video})
    _write(folder / IMAGE_PROCESSOR_NAME, images | {"processor_class": name})
    _write(folder / VIDEO_PROCESSOR_NAME, video | {"processor_class": name})
    _write(folder / TOKENIZER_CONFIG_FILE, _read(folder / TOKENIZER_CONFIG_FILE) | {"processor_class": name})


def _write_tokenizer_config(path: Path) -> None:
    """Leaves out how the tokenizer was loaded here, and says the rest in words that transformers 4 knows as well."""
    content = {key: value for key, value in _read(path).items() if key not in _OF_LOADING}
    if content.get("tokenizer_class") == "TokenizersBackend":
        content["tokenizer_class"] = "PreTrainedTokenizerFast"
    if isinstance(content.get("extra_special_tokens"), list):
        content["additional_special_tokens"] = content.pop("extra_special_tokens")
    _write(path, content)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _write(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


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
