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
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL.Image import Image

from mgiqa.dialogue.answer import STOP
from mgiqa.dialogue.prompt import PROMPT, Prompt
from mgiqa.scoring.sampling import FOURS, Decoding, is_small, sample_completions, without_regard_to_threads

if TYPE_CHECKING:
    from mgiqa.models.load import LoadedModel

LEAST = 12
"""Fewest tokens of images that several threads run together."""


def generate(
    loaded: "LoadedModel",
    images: Sequence[Image],
    decoding: Decoding | None = None,
    *,
    batch: int = 32,
    prompt: Prompt = PROMPT,
    progress: Callable[[int], object] = lambda images: None,
) -> list[list[str]]:
    """Asks ``prompt`` of every image.

    Args:
        loaded: model and processor; training or not, it is left as it was.
        images: n images in RGB; all are held encoded, so hand over a few hundred at a time.
        decoding: how answers are drawn; by default one, the likeliest.
        batch: rows (images × answers) that are decoded together.
        prompt: the question.
        progress: called with the number of images finished, for a progress bar.

    Returns:
        n lists of k texts, in the order of ``images``; a text ends with the first ``</answer>``, if there is one.
    """
    decoding = decoding or Decoding()
    encoded = [_encode(loaded, image, prompt) for image in images]
    texts: list[list[str]] = [[] for _ in images]
    was_training = loaded.model.training
    if was_training:
        loaded.model.eval()
    try:
        for part in _batches(encoded, max(1, batch // decoding.answers)):
            draws = [_draws(images[index], decoding) for index in part] if decoding.temperature > 0 else []
            written = _continue(loaded, [encoded[index] for index in part], draws, decoding)
            for index, answers in zip(part, written, strict=True):
                texts[index] = answers
            progress(len(part))
    finally:
        if was_training:
            loaded.model.train()
    return texts


def _batches(encoded: list[dict[str, torch.Tensor]], together: int) -> Iterator[list[int]]:
    """Indices of at most ``together`` images whose inputs have one shape and one grid each."""
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, inputs in enumerate(encoded):
        grid = inputs.get("image_grid_thw", torch.empty(0)).flatten().tolist()
        groups[(*inputs["input_ids"].shape, *inputs["pixel_values"].shape, *grid)].append(index)
    for group in groups.values():
        for start in range(0, len(group), together):
            yield group[start : start + together]


def _encode(loaded: "LoadedModel", image: Image, prompt: Prompt) -> dict[str, torch.Tensor]:
    text = loaded.processor.apply_chat_template(prompt.conversation(), add_generation_prompt=True, tokenize=False)
    return dict(loaded.processor(text=[text], images=[image], return_tensors="pt"))


def _draws(image: Image, decoding: Decoding) -> np.ndarray:
    """Uniform numbers, shape (k, tokens): a function of the image's pixels, the seed and the answer's number.

    Not of a file's name, which may change, nor of a place in a batch; and the numbers of the first answers stay when
    more are asked for.
    """
    pixels = hashlib.sha256(repr(image.size).encode() + image.tobytes()).digest()
    seed = [decoding.seed, int.from_bytes(pixels)]
    return np.stack([np.random.default_rng([*seed, k]).random(decoding.max_tokens) for k in range(decoding.answers)])


def _continue(
    loaded: "LoadedModel", encoded: list[dict[str, torch.Tensor]], draws: list[np.ndarray], decoding: Decoding
) -> list[list[str]]:
    """As many texts as asked for each of n encoded images of one grid; ``draws`` are those of ``_draws``, if any."""
    tokenizer = loaded.processor.tokenizer
    seen = int((encoded[0]["input_ids"] == loaded.model.config.image_token_id).sum())
    least = FOURS if is_small(loaded.model) else LEAST
    # Copies of the last image, whose answers nobody reads, until there are ``least`` tokens of images.
    filled = [*encoded, *encoded[-1:] * (-(-least // max(seen, 1)) - len(encoded))]
    inputs = {name: torch.cat([one[name] for one in filled]) for name in encoded[0]}
    numbers = np.concatenate(draws) if draws else None
    with without_regard_to_threads(loaded.model):
        written = sample_completions(loaded.model, tokenizer, inputs, decoding, numbers, len(encoded))
    texts = [_text(tokenizer, ids) for ids in written]
    return [texts[start : start + decoding.answers] for start in range(0, len(texts), decoding.answers)]


def _text(tokenizer: Any, ids: list[int]) -> str:
    whole = ids[:-1] if ids and ids[-1] == tokenizer.eos_token_id else ids
    text = tokenizer.decode(whole, skip_special_tokens=False)
    stop = text.find(STOP)
    return text if stop < 0 else text[: stop + len(STOP)]
