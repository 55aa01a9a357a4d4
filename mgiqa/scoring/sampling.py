"""Answers grow, token by token: each prompt is run once, and then the language part alone, on rows of equal length.

Nothing is padded and every row has the whole of its past, so that a step needs no mask. ``generate`` of transformers
does the same and much besides: with a small model that is as long again as the step.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import distributed
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from mgiqa.dialogue.answer import STOP
from mgiqa.models.anatomy import LANGUAGE, language_part
from mgiqa.scoring.cache import with_room

FOURS = 4
"""Rows of a step are a multiple of so many."""

TOGETHER = 1024
"""Tokens whose probabilities are cumulated together."""

SMALL = 20_000_000
"""Weights of a model whose products are too short to be shared among threads."""


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


@torch.no_grad()
def sample_completions(
    model: Any,
    tokenizer: Any,
    inputs: Mapping[str, Any],
    decoding: Decoding,
    numbers: np.ndarray | None,
    prompts: int | None = None,
    *,
    forward: Any = None,
    goes_on: Callable[[bool], bool] = bool,
) -> list[list[int]]:
    """Runs each prompt once and lets k answers grow from it.

    Args:
        model: in evaluation mode, so that nothing is dropped out.
        tokenizer: of the model.
        inputs: n encoded prompts of equal length, as the processor gives them.
        decoding: how answers are drawn.
        numbers: uniform numbers in [0, 1), shape (n × k, tokens), one per token to draw; none at temperature 0.
        prompts: n, where those of ``inputs`` after the first n only fill the batch; by default all count.
        forward: what to call in place of the model's parts, where processes share out its weights.
        goes_on: whether any process still writes, asked with whether this one does, before each token; where processes
            share out the weights, none can run a model that the others do not run along.

    Returns:
        Token ids of n × k answers, those of one prompt together; each ends with its end token, or with the token that
        completes ``</answer>``, or is cut.
    """
    inputs = {
        name: value.to(model.device) if isinstance(value, torch.Tensor) else value for name, value in inputs.items()
    }
    core, length = model.model, inputs["input_ids"].shape[1]
    cache = (forward or model)(**inputs, use_cache=True, logits_to_keep=1).past_key_values
    # The last token of the prompt is run again, by the first step: so the first token of an answer comes of the same
    # products as every other, whatever the number of prompts.
    cache.crop(-1)
    count = (prompts or len(inputs["input_ids"])) * decoding.answers
    source = torch.tensor(_filled(list(range(count))), device=model.device)
    rows = source // decoding.answers
    cache = with_room(cache, rows, decoding.max_tokens + 1)
    place = None
    # An image takes fewer positions than tokens: a token's position is its number plus ``rope_deltas`` of its prompt,
    # and for text the same in time, height and width (3). The model keeps the deltas from call to call; they are taken
    # out of it, or a later call with other rows would go by them.
    if getattr(core, "rope_deltas", None) is not None:
        place, core.rope_deltas = (core.rope_deltas[rows] + length - 1).expand(3, -1, -1), None
    drawn = None if numbers is None else torch.from_numpy(numbers).to(model.device)[source]
    step, ends, last = _step(model, forward), end_tokens(model), inputs["input_ids"][rows, -1:]
    never = _never(model, len(tokenizer))
    written: list[list[int]] = [[] for _ in range(count)]
    growing = {row: (row, ids) for row, ids in enumerate(written)}  # answer → its row of the step, and its tokens
    for number in range(decoding.max_tokens):
        scores = step(last, None if place is None else place + number, cache)
        scores[:, never] = -torch.inf
        last = _likeliest(scores) if drawn is None else _drawn(scores, drawn[:, number], decoding.temperature)
        tokens = last.squeeze(-1).tolist()
        for row, ids in growing.values():
            ids.append(tokens[row])
        growing = {
            answer: (row, ids)
            for answer, (row, ids) in growing.items()
            if ids[-1] not in ends and not closed(tokenizer, ids)
        }
        if not goes_on(bool(growing)):
            break
        if growing and 2 * len(kept := _filled([row for row, _ in growing.values()])) <= len(tokens):
            # what has ended is run on, unread, until half of the rows are such
            rows = torch.tensor(kept, device=model.device)
            cache.batch_select_indices(rows)
            last, place = last[rows], None if place is None else place[:, rows]
            drawn = None if drawn is None else drawn[rows]
            growing = {answer: (row, ids) for row, (answer, (_, ids)) in enumerate(growing.items())}
    return written


def _filled(rows: list[int]) -> list[int]:
    """With the last one repeated up to a multiple of four: products of one to three rows are summed in another order,
    and an answer would depend on what else is in the batch.
    """
    return rows + rows[-1:] * (-len(rows) % FOURS)


@contextmanager
def without_regard_to_threads(model: Any) -> Iterator[None]:
    """Inside, no bit of an answer depends on the number of threads; on a CPU, and for whoever wants answers alone.

    The fused attention gives a row on the second thread other last bits than one on the first. A small model gains
    nothing from a second thread and runs on one; for others attention is made of plain products. The rollouts of
    training, which run one batch in one way, do without this.
    """
    if model.device.type != "cpu":
        yield
        return
    threads = torch.get_num_threads()
    with torch.inference_mode(_alone()):
        if not is_small(model):
            with sdpa_kernel(SDPBackend.MATH):
                yield
            return
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def is_small(model: Any) -> bool:
    """Whether threads would wait for each other more than they work."""
    return sum(weight.numel() for weight in model.parameters()) < SMALL


def _alone() -> bool:
    return not distributed.is_initialized() or distributed.get_world_size() == 1


Step = Callable[[torch.Tensor, torch.Tensor | None, Any], torch.Tensor]
"""Last tokens (rows, 1), their places, and the past → scores of the next tokens (rows, vocabulary)."""


def _step(model: Any, forward: Any) -> Step:
    """One step of the parts that it takes, or of the whole model where its weights may be shared out to processes."""
    if not _alone() or model.config.model_type not in LANGUAGE:
        whole = forward or model
        return lambda ids, place, cache: (
            whole(input_ids=ids, position_ids=place, past_key_values=cache, use_cache=True).logits[:, -1].float()
        )
    language, words, head = language_part(model), model.get_input_embeddings(), model.get_output_embeddings()

    def step(ids: torch.Tensor, place: torch.Tensor | None, cache: Any) -> torch.Tensor:
        made = language(inputs_embeds=words(ids), position_ids=place, past_key_values=cache, use_cache=True)
        scores: torch.Tensor = head(made.last_hidden_state[:, -1:])[:, -1]
        return scores.float()

    return step


def _likeliest(scores: torch.Tensor) -> torch.Tensor:
    return scores.argmax(-1, keepdim=True)


def _drawn(scores: torch.Tensor, numbers: torch.Tensor, temperature: float) -> torch.Tensor:
    """The token, of each row, in whose share of the cumulated probability the row's number falls.

        token = the least t with F(t) > u · F(last),   F = cumulated softmax(scores / temperature)

    This is inversion: a token depends on its own scores and number u alone, where ``multinomial`` takes from one stream
    for all rows, so that an answer would change with its batch. The block of tokens is found first and the token in it
    then, so that of a vocabulary of 150 000 a thousand are cumulated.

    Args:
        scores: (rows, vocabulary).
        numbers: (rows,) u in [0, 1).
        temperature: above 0.

    Returns:
        (rows, 1) token ids.
    """
    shares = ((scores - scores.amax(-1, keepdim=True)) / temperature).exp()
    size = min(TOGETHER, shares.shape[-1])
    blocks = functional.pad(shares, (0, -shares.shape[-1] % size)).view(len(shares), -1, size)
    # Sums in double precision, since those of single precision move the borders of likely tokens. By ≤ and not <, so
    # that u = 0 cannot draw a first token of probability 0.
    ends = blocks.sum(-1, dtype=torch.float64).cumsum(-1)
    aims = numbers[:, None] * ends[:, -1:]
    block = (ends <= aims).sum(-1, keepdim=True).clamp(max=ends.shape[1] - 1)
    before = functional.pad(ends, (1, 0)).gather(-1, block)
    inside = before + blocks[torch.arange(len(blocks), device=blocks.device), block[:, 0]].double().cumsum(-1)
    # Where rounding puts u beyond the last token of its block, it is the last one that has a share.
    token = torch.minimum((inside <= aims).sum(-1, keepdim=True), (inside < inside[:, -1:]).sum(-1, keepdim=True))
    return block * size + token


def end_tokens(model: Any) -> set[int]:
    """The tokens that end an answer; a published model has two, of which its tokenizer names one."""
    token = model.generation_config.eos_token_id
    return {token} if isinstance(token, int) else set(token or ())


def _never(model: Any, known: int) -> list[int]:
    """Tokens that no answer may hold: those that stand for an image, which a model refuses where there is none, and
    those beyond the tokenizer's ``known`` ones, which published models have to fill their head up.
    """
    tokens = (getattr(model.config, name, None) for name in ("image_token_id", "video_token_id"))
    return [token for token in tokens if token is not None] + list(
        range(known, model.config.get_text_config().vocab_size)
    )


def closed(tokenizer: Any, ids: list[int]) -> bool:
    """Whether the last of these tokens completes ``STOP``."""
    if STOP[-1] not in tokenizer.convert_ids_to_tokens(ids[-1]):  # cheap, and so it is with most
        return False
    return STOP in tokenizer.decode(ids[-len(STOP) :])  # a token has at least one character
