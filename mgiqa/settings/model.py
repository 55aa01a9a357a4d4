"""The vision-language model that everything starts from."""

from typing import Literal

from pydantic import Field

from mgiqa.attributes import Chosen
from mgiqa.settings.section import Section


class Tiny(Section):
    """A small Qwen2.5-VL of the real architecture, built from its configuration class, its vision tower pre-trained."""

    image_size: int = Field(112, multiple_of=28)
    """Side in pixels that images are resized to."""
    vision_steps: int = Field(400, ge=0)
    """Steps of perception pre-training of the vision tower."""
    vision_batch: int = Field(16, ge=1)
    """Images per perception step."""
    attributes: Chosen = "all"
    """What the vision tower learns to see."""
    pool: bool = True
    """Whether the overall score is also learned through the attributes, as what those that are labelled add up to."""


class Base(Section):
    """Either the small model, or one by its Hub id at a pinned revision."""

    model: str = "tiny"
    """``tiny`` for the small built-in model, or a Hub id such as ``Qwen/Qwen2.5-VL-7B-Instruct``, or a local folder
    (a relative one starts from the checkout)."""
    revision: str = ""
    """Commit on the Hub; required with a Hub id, so that the same settings give the same weights."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Number format of the weights."""
    max_pixels: int = Field(196_608, ge=784)
    """Pixel budget of an image, for models from the Hub; MR-IQA uses 196,608 (512 × 384)."""
    tiny: Tiny = Tiny()
