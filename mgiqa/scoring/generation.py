"""Writes answers: each image is encoded once, its prompt is run once, and k answers grow from it.

An answer depends on the model, the image, the seed and its number alone, not on what else is in the batch:

* images of one batch have the same grid, so that nothing is padded;
* rows of a step come in multiples of four, and an image of few tokens is run with copies of itself, because products
  of few rows are summed in another order. Measured with MKL in float32: one to three rows differ in the last bits, with
  two threads also 5, 6, 7, 9, 10 and 11; all others are equal, with one thread and with two;
* a small model runs on one thread, and another one without the fused attention (``without_regard_to_threads``);
* a sampled token is drawn by a number that belongs to the image, the answer and the position, by inversion.

On a GPU, and in half precision, kernels may still differ by batch size in the last bits.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL.Image import Image

from mgiqa.dialogue.answer import STOP
from mgiqa.dialogue.prompt import PROMPT, Prompt
from mgiqa.images.resizing import Size
from mgiqa.models.resizing import resizing_of
from mgiqa.parallel import ahead
from mgiqa.scoring.sampling import (
    FOURS,
    Decoding,
    end_tokens,
    is_small,
    sample_completions,
    without_regard_to_threads,
)

if TYPE_CHECKING:
    from mgiqa.models.load import LoadedModel

LEAST = 12
"""Fewest tokens of images that several threads run together."""
WAITING = 128_000_000
"""Bytes of the pixels of all images that wait for others of their shape."""
ENCODED = 64_000_000
"""Bytes that the images of a batch become, where the model lies in the same memory as they."""
_PER_PIXEL = 24
"""Bytes that a pixel becomes, at most: three channels, twice for a patch in time, in single precision."""


def generate(
    loaded: "LoadedModel",
    images: Iterable[Image],
    decoding: Decoding | None = None,
    *,
    batch: int = 32,
    prompt: Prompt = PROMPT,
    progress: Callable[[int], object] = lambda images: None,
    goes_on: Callable[[bool], bool] = bool,
) -> list[list[str]]:
    """Asks ``prompt`` of every image.

    Images are taken as they are needed, and the next batch is made while the model answers the last one: what is held
    of them does not grow with their number.

    Args:
        loaded: model and processor; training or not, it is left as it was.
        images: n images in RGB.
        decoding: how answers are drawn; by default one, the likeliest.
        batch: rows (images × answers) that are decoded together.
        prompt: the question.
        progress: called with the number of images finished, for a progress bar.
        goes_on: whether any process has something to do, asked with whether this one has; where they share out the
            weights, none can run a model that the others do not run along, so each has at least one image.

    Returns:
        n lists of k texts, in the order of ``images``; a text ends with the first ``</answer>``, if there is one.
    """
    decoding = decoding or Decoding()
    texts: dict[int, list[str]] = {}
    was_training = loaded.model.training
    if was_training:
        loaded.model.eval()
    try:
        parts = ahead(_batches(loaded, images, decoding, max(1, batch // decoding.answers), prompt))
        last: Any = None
        while goes_on((part := next(parts, None)) is not None):
            last = part or last  # what is run along with others is not read
            written = _continue(loaded, last, decoding, goes_on)
            if part:
                texts |= zip(part.numbers, written, strict=True)
                progress(len(part.numbers))
    finally:
        if was_training:
            loaded.model.train()
    return [texts[number] for number in range(len(texts))]


@dataclass(frozen=True)
class _Batch:
    """Images whose inputs have one shape.

    Attributes:
        numbers: of the images, in the order that they came in.
        inputs: of the model, on its device; rows after those of the images only fill the batch.
        draws: uniform numbers, shape (images × k, tokens); None where nothing is drawn.
    """

    numbers: list[int]
    inputs: dict[str, torch.Tensor]
    draws: np.ndarray | None


def _batches(
    loaded: "LoadedModel", images: Iterable[Image], decoding: Decoding, together: int, prompt: Prompt
) -> Iterator[_Batch]:
    text = loaded.processor.apply_chat_template(prompt.conversation(), add_generation_prompt=True, tokenize=False)
    resizing = resizing_of(loaded.processor.image_processor)
    device = loaded.model.device
    for part in _alike(images, resizing.target if resizing else lambda size: size, together, device.type == "cpu"):
        encoded = [dict(loaded.processor(text=[text], images=[image], return_tensors="pt")) for image in part.values()]
        encoded += encoded[-1:] * _filling(loaded, encoded)
        inputs = {name: torch.cat([one[name] for one in encoded]).to(device) for name in encoded[0]}
        draws = [_draws(image, decoding) for image in part.values()] if decoding.temperature > 0 else []
        yield _Batch(list(part), inputs, np.concatenate(draws) if draws else None)
        del encoded, inputs


def _alike(
    images: Iterable[Image], target: Callable[[Size], Size], together: int, bounded: bool
) -> Iterator[dict[int, Image]]:
    """Number → image of at most ``together`` images that are looked at in one size, as soon as there are enough.

    Where sizes are many, the images that wait for others are bounded too. ``bounded`` holds each part to ``ENCODED``.
    """
    waiting: dict[Size, dict[int, Image]] = defaultdict(dict)
    for number, image in enumerate(images):
        size = target(image.size)
        waiting[size][number] = image
        most = min(together, ENCODED // (_PER_PIXEL * size[0] * size[1])) if bounded else together
        if len(waiting[size]) >= most:
            yield waiting.pop(size)
        elif sum(map(_held, waiting.values())) > WAITING:
            yield waiting.pop(max(waiting, key=lambda size: _held(waiting[size])))
    yield from waiting.values()


def _held(images: dict[int, Image]) -> int:
    return sum(3 * image.width * image.height for image in images.values())


def _filling(loaded: "LoadedModel", encoded: list[dict[str, torch.Tensor]]) -> int:
    """Copies of an image, whose answers nobody reads, until there are ``LEAST`` tokens of images."""
    seen = int((encoded[0]["input_ids"] == loaded.model.config.image_token_id).sum())
    least = FOURS if is_small(loaded.model) else LEAST
    return max(0, -(-least // max(seen, 1)) - len(encoded))


def _draws(image: Image, decoding: Decoding) -> np.ndarray:
    """Uniform numbers, shape (k, tokens): a function of the image's pixels, the seed and the answer's number.

    Not of a file's name, which may change, nor of a place in a batch; and the numbers of the first answers stay when
    more are asked for.
    """
    pixels = hashlib.sha256(repr(image.size).encode() + image.tobytes()).digest()
    seed = [decoding.seed, int.from_bytes(pixels)]
    return np.stack([np.random.default_rng([*seed, k]).random(decoding.max_tokens) for k in range(decoding.answers)])


def _continue(
    loaded: "LoadedModel", part: _Batch, decoding: Decoding, goes_on: Callable[[bool], bool]
) -> list[list[str]]:
    """As many texts as asked for each image of a batch."""
    tokenizer = loaded.processor.tokenizer
    with without_regard_to_threads(loaded.model):
        written = sample_completions(
            loaded.model,
            tokenizer,
            part.inputs,
            decoding,
            part.draws,
            len(part.numbers),
            forward=loaded.wrapped,
            goes_on=goes_on,
        )
    ends = end_tokens(loaded.model)
    texts = [_text(tokenizer, ids, ends) for ids in written]
    return [texts[start : start + decoding.answers] for start in range(0, len(texts), decoding.answers)]


def _text(tokenizer: Any, ids: list[int], ends: set[int]) -> str:
    whole = ids[:-1] if ids and ids[-1] in ends else ids
    text = tokenizer.decode(whole, skip_special_tokens=False)
    stop = text.find(STOP)
    return text if stop < 0 else text[: stop + len(STOP)]
