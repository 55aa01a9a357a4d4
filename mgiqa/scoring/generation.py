"""Writes answers: each image is encoded once, its prompt is run once, and k answers grow from it.

An answer depends on the model, the image, the seed and its number alone, not on what else is in the batch:

* images of one batch have the same grid, so that nothing is padded;
* rows of a batch are filled up to ``FLOOR``, because matrix products with fewer rows are summed in another order
  (measured: below 16 rows float32 results on CPU differ in the last bits, from 16 on they are equal bit for bit);
* a sampled token is drawn by a number that belongs to the image, the answer and the position, by inversion.

On a GPU, and in half precision, kernels may still differ by batch size in the last bits.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL.Image import Image
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList

from mgiqa.dialogue.answer import STOP
from mgiqa.dialogue.prompt import PROMPT, Prompt
from mgiqa.scoring.cache import with_room

if TYPE_CHECKING:
    from mgiqa.models.loading import LoadedModel

FLOOR = 16
"""Fewest rows of a decoding step."""


@dataclass(frozen=True)
class Decoding:
    """How answers are drawn.

    Attributes:
        answers: k, answers per image.
        temperature: 0 takes the likeliest token each time, and then k is 1; above 0 tokens are drawn.
        seed: of the draws.
        max_tokens: longest answer; one that is longer is cut, and so cannot be read.
    """

    answers: int = 1
    temperature: float = 0.0
    seed: int = 0
    max_tokens: int = 256

    def __post_init__(self) -> None:
        if self.answers > 1 and self.temperature == 0:
            raise ValueError(f"{self.answers} answers at temperature 0 would all be the same")


def generate(
    loaded: "LoadedModel",
    images: Sequence[Image],
    decoding: Decoding | None = None,
    *,
    batch: int = 32,
    prompt: Prompt = PROMPT,
    advance: Callable[[int], object] = lambda images: None,
) -> list[list[str]]:
    """Asks ``prompt`` of every image.

    Args:
        loaded: model and processor; training or not, it is left as it was.
        images: n images in RGB; all are held encoded, so hand over a few hundred at a time.
        decoding: how answers are drawn; by default one, the likeliest.
        batch: rows (images × answers) that are decoded together.
        prompt: the question.
        advance: called with the number of images finished, for a progress bar.

    Returns:
        n lists of k texts, in the order of ``images``; a text ends with the first ``</answer>``, if there is one.
    """
    decoding = decoding or Decoding()
    encoded = [_encode(loaded, image, prompt) for image in images]
    texts: list[list[str]] = [[] for _ in images]
    was_training = loaded.model.training
    loaded.model.eval()
    try:
        for part in _batches(encoded, max(1, batch // decoding.answers)):
            draws = [_draws(images[index], decoding) for index in part]
            written = _continue(loaded, [encoded[index] for index in part], draws, decoding)
            for index, answers in zip(part, written, strict=True):
                texts[index] = answers
            advance(len(part))
    finally:
        loaded.model.train(was_training)
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
    """Uniform numbers, shape (k, tokens): a function of the image's pixels, the seed and the answer's number."""
    pixels = hashlib.sha256(repr(image.size).encode() + image.tobytes()).digest()
    seed = [decoding.seed, int.from_bytes(pixels)]
    return np.stack([np.random.default_rng([*seed, k]).random(decoding.max_tokens) for k in range(decoding.answers)])


def _continue(
    loaded: "LoadedModel", encoded: list[dict[str, torch.Tensor]], draws: list[np.ndarray], decoding: Decoding
) -> list[list[str]]:
    """As many texts as asked for each of n encoded images of one grid."""
    tokenizer = loaded.processor.tokenizer
    inputs = {name: torch.cat([one[name] for one in encoded]) for name in encoded[0]}
    numbers = np.concatenate(draws) if decoding.temperature > 0 else None
    texts = [_text(tokenizer, ids) for ids in grow(loaded.model, tokenizer, inputs, decoding, numbers)]
    return [texts[start : start + decoding.answers] for start in range(0, len(texts), decoding.answers)]


@torch.no_grad()
def grow(
    model: Any, tokenizer: Any, inputs: Mapping[str, torch.Tensor], decoding: Decoding, numbers: np.ndarray | None
) -> list[list[int]]:
    """Runs each prompt once and lets k answers grow from it.

    Args:
        model: in evaluation mode, so that nothing is dropped out.
        tokenizer: of the model.
        inputs: n encoded prompts of equal length, as the processor gives them.
        decoding: how answers are drawn.
        numbers: uniform numbers in [0, 1), shape (n × k, tokens), one per token to draw; none at temperature 0.

    Returns:
        Token ids of n × k answers, those of one prompt together; each ends with its end token, or with the token that
        completes ``</answer>``, or is cut.
    """
    inputs = {name: value.to(model.device) for name, value in inputs.items()}
    cache = model(**inputs, use_cache=True, logits_to_keep=1).past_key_values
    cache.crop(-1)
    count = len(inputs["input_ids"]) * decoding.answers
    source = torch.arange(max(count, FLOOR), device=model.device).clamp(max=count - 1)
    rows = source // decoding.answers
    cache.batch_select_indices(rows)
    cache = with_room(cache, decoding.max_tokens + 1)
    if getattr(model.model, "rope_deltas", None) is not None:  # positions that pass an image by, as Qwen has them
        model.model.rope_deltas = model.model.rope_deltas[rows]
    prefix = inputs["input_ids"][rows]
    steps = LogitsProcessorList()
    if numbers is not None:
        drawn = torch.from_numpy(numbers).to(model.device)[source]
        steps.append(_Draw(drawn, prefix.shape[1], decoding.temperature))
    written = model.generate(
        input_ids=prefix,
        attention_mask=torch.ones_like(prefix),
        past_key_values=cache,
        generation_config=_plain(model, decoding.max_tokens),
        logits_processor=steps,
        tokenizer=tokenizer,
    )
    if hasattr(model.model, "rope_deltas"):
        model.model.rope_deltas = None
    return [_cut(tokenizer, row) for row in written[:count, prefix.shape[1] :].tolist()]


def _plain(model: Any, max_tokens: int) -> GenerationConfig:
    """Greedy, without the sampling and repetition defaults that a published model may bring."""
    own = model.generation_config
    return GenerationConfig(
        max_new_tokens=max_tokens,
        do_sample=False,
        repetition_penalty=1.0,
        stop_strings=[STOP],
        eos_token_id=own.eos_token_id,
        pad_token_id=own.pad_token_id,
    )


def _cut(tokenizer: Any, ids: list[int]) -> list[int]:
    """The ids up to and with the first end token; after a stop string only padding follows, which is dropped too."""
    length = next((place for place, token in enumerate(ids) if token == tokenizer.eos_token_id), len(ids) - 1) + 1
    while length and ids[length - 1] == tokenizer.pad_token_id != tokenizer.eos_token_id:
        length -= 1
    return ids[:length]


def _text(tokenizer: Any, ids: list[int]) -> str:
    whole = ids[:-1] if ids and ids[-1] == tokenizer.eos_token_id else ids
    text = tokenizer.decode(whole, skip_special_tokens=False)
    stop = text.find(STOP)
    return text if stop < 0 else text[: stop + len(STOP)]


class _Draw(LogitsProcessor):
    """Leaves one token per row: the one in whose share of the cumulated probability the row's number falls."""

    def __init__(self, numbers: torch.Tensor, prefix: int, temperature: float) -> None:
        self.numbers, self.prefix, self.temperature = numbers, prefix, temperature

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        number = self.numbers[:, input_ids.shape[1] - self.prefix, None]
        shares = (scores.double() / self.temperature).softmax(-1).cumsum(-1)
        token = (shares <= number * shares[:, -1:]).sum(-1, keepdim=True)
        return torch.full_like(scores, -torch.inf).scatter(1, token, 0.0)
