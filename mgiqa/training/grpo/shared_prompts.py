"""Log-probabilities of answers, with each prompt and image run once for all answers that grow from it.

TRL runs the prompt and the image again for every answer. With k = 8 answers of 34 tokens to a prompt of 54 tokens and
an image, running them once saves most of a step, in the rollout and in the update alike. Gradients flow through the
shared keys and values.
"""

from collections.abc import Mapping
from typing import Any

import torch

SHAREABLE = frozenset({"qwen2_vl", "qwen2_5_vl"})
"""Model types whose positions after an image are known here (``rope_deltas``)."""


def answer_log_probs(
    model: Any,
    prompts: Mapping[str, torch.Tensor],
    answers: torch.Tensor,
    attention: torch.Tensor,
    group: torch.Tensor,
    temperature: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probability of every token of every answer, and the entropy of the choice at its place.

        log p[t] = log softmax(logits[t] / T)[token t],   H[t] = -Σ_v p[t, v] log p[t, v]

    Args:
        model: a model of ``SHAREABLE``, in training or not.
        prompts: inputs of n prompts with their images, padded on the left.
        answers: (b, t) token ids.
        attention: (b, p + t) 1 for every token that is no padding, of prompt and answer.
        group: (b,) which prompt each answer belongs to.
        temperature: T, above 0, that answers were drawn with: the same, or the ratio of policies would not start at 1.

    Returns:
        Two arrays of shape (b, t): log-probabilities, at most 0, and entropies in nats, at least 0 and without
        gradients. What stands at padding means nothing.
    """
    core = model.model
    before = core(**prompts, use_cache=True)
    # index_select, and not an index in brackets: the gradient of that is summed in whatever order threads come
    cache, delta = before.past_key_values, core.rope_deltas.index_select(0, group)
    core.rope_deltas = None  # they are of these prompts; the model keeps them, and a later call would go by them
    for layer in cache.layers:
        layer.keys, layer.values = layer.keys.index_select(0, group), layer.values.index_select(0, group)
    length = prompts["input_ids"].shape[1]
    # Prompts are padded on the left, so a position counts the real tokens before; an image takes fewer positions than
    # tokens, which ``delta`` makes up for. With plain numbers every answer would be read at a distance from its prompt.
    place = attention.long().cumsum(-1)[:, length:-1] - 1 + delta
    # All but the last token, which predicts nothing; the first is predicted by the end of the prompt.
    after = core(
        input_ids=answers[:, :-1],
        attention_mask=attention[:, :-1],
        position_ids=place.expand(3, *place.shape),
        past_key_values=cache,
        use_cache=True,
    )
    hidden = torch.cat([before.last_hidden_state[:, -1:].index_select(0, group), after.last_hidden_state], dim=1)
    shares = (model.lm_head(hidden).float() / temperature).log_softmax(-1)
    entropy = -(shares.detach().exp() * shares.detach()).sum(-1)
    return shares.gather(-1, answers[..., None]).squeeze(-1), entropy
