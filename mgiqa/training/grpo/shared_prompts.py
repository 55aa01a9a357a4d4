"""Log-probabilities of answers, with each prompt and image run once for all answers that grow from it.

TRL runs the prompt and the image again for every answer. Here a group is one row,

    prompt without its last token | last token, answer 1 | last token, answer 2 | … | last token, answer k

in which every answer attends to the prompt and to itself, at the positions that it would have alone. The row goes
through the model's own forward, so that checkpointing, adapters, DDP, FSDP and ZeRO-3 do with it what they do with any
other. What is run is p - 1 + Σ t tokens for a prompt of p and answers of t each, where TRL runs k·(p + longest t), and
each image once in place of k times.
"""

from dataclasses import dataclass
from functools import wraps
from typing import Any

import torch
from torch import nn
from torch.distributed.tensor import DTensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask
from trl.kernels import ChunkedLogProbFunction
from trl.trainer.utils import maybe_gather_lm_head_ctx

from mgiqa.models.anatomy import language_part

SHAREABLE = frozenset({"qwen2_5_vl", "qwen3_vl", "idefics3"})
"""Model types that the tests compare with TRL's own path; others are compared when they are first used."""

NO_TARGET = -100
"""A target that is no answer's token."""

_CHUNK = 4096
"""Tokens of the vocabulary whose logits are there at a time: an eighth of what TRL takes, and of its memory."""

_NAME = "mgiqa_groups"


@dataclass(frozen=True, eq=False)
class RowLayout:
    """Which tokens of a row belong together, and what they may attend to.

    A row has its answers one after the other, without padding between them; attention sees them side by side, k · t
    places for each group.

    Attributes:
        prompt: tokens of the prompt that answers share.
        answers: k.
        tokens: t, of the longest answer.
        real: (n, k · t) which places hold a token.
        spread: (n, k · t) for each place, where in the row's answers its token stands.
        tight: (n, length - prompt) for each token of the row's answers, its place.
        among_prompt: (n, 1, prompt, prompt) what tokens of the prompt attend to; none where no prompt is padded, and it
            is what came before.
        from_answer: (n · k or 1, 1, t, prompt + t) what those of an answer attend to.
    """

    prompt: int
    answers: int
    tokens: int
    real: torch.Tensor
    spread: torch.Tensor
    tight: torch.Tensor
    among_prompt: torch.Tensor | None
    from_answer: torch.Tensor

    @classmethod
    def of(cls, attention: torch.Tensor, said: torch.Tensor) -> "RowLayout":
        """Of n prompts and their n · k answers.

        Args:
            attention: (n, prompt) 1 for the tokens of prompts, which are padded on the left.
            said: (n · k, t) likewise for answers, which are padded on the right.
        """
        (count, prompt), tokens = attention.shape, said.shape[1]
        real = said.bool().reshape(count, -1)
        tight = (~real).to(torch.uint8).argsort(dim=1, stable=True)[:, : int(real.sum(1).max())]
        spread = (real.cumsum(1) - 1).clamp(min=0)
        k = real.shape[1] // tokens
        return cls(prompt, k, tokens, real, spread, tight, *_attended(attention.bool(), k, tokens))


def _attended(real: torch.Tensor, k: int, tokens: int) -> tuple[torch.Tensor | None, torch.Tensor]:
    """``among_prompt`` and ``from_answer`` of prompts whose tokens are ``real``, (n, prompt)."""
    count, prompt = real.shape
    before = torch.ones(tokens, tokens, dtype=torch.bool, device=real.device).tril()
    if real.all():
        return None, torch.cat([before.new_ones(tokens, prompt), before], dim=1)[None, None]
    # a token of padding attends to itself, since to attend to nothing gives no number
    causal = torch.ones(prompt, prompt, dtype=torch.bool, device=real.device).tril()
    among = (causal & real[:, None]) | torch.eye(prompt, dtype=torch.bool, device=real.device)
    rows = real.repeat_interleave(k, 0)[:, None].expand(-1, tokens, -1)
    return among[:, None], torch.cat([rows, before.expand(count * k, -1, -1)], dim=-1)[:, None]


@dataclass(frozen=True, eq=False)
class PackedRows:
    """n groups of k answers as n rows.

    Attributes:
        ids: (n, length) tokens, with length = p - 1 + the tokens of a group's answers, of the group that has most.
        positions: (3, n, length) or (n, length), as the model counts them.
        targets: (n, length - p + 1) the token that each place of an answer predicts; ``NO_TARGET`` at padding.
        layout: how the rows are made up.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    targets: torch.Tensor
    layout: RowLayout

    @classmethod
    def of(
        cls, ids: torch.Tensor, attention: torch.Tensor, positions: torch.Tensor, length: int, answers: int
    ) -> "PackedRows":
        """Packs the rows that TRL has.

        Args:
            ids: (n · k, p + t) prompts, padded on the left, and answers, padded on the right; groups side by side.
            attention: (n · k, p + t) 1 for every token that is no padding.
            positions: (3, n, p) or (n, p) of the tokens of the prompts.
            length: p.
            answers: k.
        """
        first, said = ids[::answers, : length - 1], ids[:, length:]
        layout = RowLayout.of(attention[::answers, : length - 1], attention[:, length:])
        before = torch.cat([ids[:, length - 1 : length], said[:, :-1]], dim=1)
        after = torch.arange(layout.tokens, device=ids.device).repeat(answers)[layout.tight]
        grown, targets = (part.reshape(len(first), -1).gather(1, layout.tight) for part in (before, said))
        return cls(
            torch.cat([first, grown], dim=1),
            torch.cat([positions[..., :-1], positions[..., -1:] + after], dim=-1),
            targets.masked_fill(~layout.real.gather(1, layout.tight), NO_TARGET),
            layout,
        )


def let_share(model: Any, temperature: float) -> None:
    """Teaches a model to run packed rows, beside what it did before; see ``answer_log_probs``.

    They go through its ``forward``, where wrappers such as DDP, FSDP and autocast expect what learns to be used.

    Args:
        model: without wrappers; it is changed.
        temperature: T, above 0, that answers are drawn with: the same, or the ratio of policies would not start at 1.
    """
    AttentionInterface.register(_NAME, _attention)
    AttentionMaskInterface.register(_NAME, sdpa_mask)
    configuration: Any = language_part(model).config
    configuration._attn_implementation = _NAME
    plain = model.forward

    @wraps(plain)  # with its signature, which ``generate`` reads
    def forward(*inputs: Any, packed: PackedRows | None = None, **options: Any) -> Any:
        if packed is None:
            return plain(*inputs, **options)
        images = {name: value for name, value in options.items() if value is not None}  # peft names all that there are
        return _log_probs(model, packed, temperature, images)

    model.forward = forward


def answer_log_probs(model: Any, packed: PackedRows, images: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probability of every token of every answer, and the entropy of the choice at its place.

        log p[t] = log softmax(logits[t] / T)[token t],   H[t] = -Σ_v p[t, v] log p[t, v]

    Args:
        model: one of ``let_share``, wrapped or not.
        packed: n groups.
        images: inputs of their n images.

    Returns:
        Two arrays of shape (n · k, t): log-probabilities, at most 0, and entropies in nats, at least 0; 0 at padding.
    """
    layout = packed.layout
    log_probs, entropies = (
        one.gather(1, layout.spread).masked_fill(~layout.real, 0).view(-1, layout.tokens)
        for one in model(packed=packed, **images)
    )
    return log_probs, entropies


def _attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    layout: RowLayout | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """(n, heads, length, size) queries, and keys and values of fewer heads → (n, length, heads, size)."""
    if layout is None:
        output: torch.Tensor = sdpa_attention_forward(module, query, key, value, attention_mask, **options)[0]
        return output, None
    end, k = layout.prompt, layout.answers
    scale = {"dropout": options.get("dropout", 0.0), "scaling": options.get("scaling")}
    shared, grown = zip(*(part.split([end, part.shape[2] - end], dim=2) for part in (query, key, value)), strict=True)
    among, _ = sdpa_attention_forward(module, *shared, layout.among_prompt, is_causal=True, **scale)
    asked, keys, values = (_side_by_side(part, layout) for part in grown)
    keys, values = (
        torch.cat([part[:, None].expand(-1, k, -1, -1, -1).flatten(0, 1), after], dim=2)
        for part, after in ((shared[1], keys), (shared[2], values))
    )
    answered, _ = sdpa_attention_forward(module, asked, keys, values, layout.from_answer, is_causal=False, **scale)
    answered = answered.reshape(len(query), -1, *answered.shape[2:])
    tight = layout.tight[:, :, None, None].expand(-1, -1, *answered.shape[2:])
    return torch.cat([among, answered.gather(1, tight)], dim=1), None


def _side_by_side(part: torch.Tensor, layout: RowLayout) -> torch.Tensor:
    """(n, heads, tokens of answers, size) → (n · k, heads, t, size)."""
    count, heads, _, size = part.shape
    spread = part.gather(2, layout.spread[:, None, :, None].expand(-1, heads, -1, size))
    return spread.view(count, heads, layout.answers, -1, size).transpose(1, 2).flatten(0, 1)


def _log_probs(
    model: Any, packed: PackedRows, temperature: float, images: dict[str, Any]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Two of the shape of the targets; TRL's kernel has the logits of a part of the vocabulary at a time."""
    made = model.model(
        input_ids=packed.ids,
        attention_mask=packed.ids.new_ones(1, 1, 1, 1, dtype=torch.bool),  # its form says that it is complete
        position_ids=packed.positions,
        use_cache=False,
        layout=packed.layout,
        **images,
    )
    said = packed.targets != NO_TARGET
    head = model.get_output_embeddings()
    # FSDP 2 shows its parts of a weight as a DTensor, and ZeRO-3 shows none outside of this context.
    weight = head.weight.full_tensor() if isinstance(head.weight, DTensor) else head.weight
    with maybe_gather_lm_head_ctx(weight, head.bias):
        figures = ChunkedLogProbFunction.apply(
            made.last_hidden_state[:, packed.layout.prompt :][said],
            weight,
            head.bias,
            packed.targets[said],
            temperature,
            _CHUNK,
            None,
            1.0,
            ("log_probs", "entropy"),
        )
    log_probs, entropies = (one.new_zeros(said.shape).masked_scatter(said, one) for one in figures[:2])
    return log_probs, entropies
