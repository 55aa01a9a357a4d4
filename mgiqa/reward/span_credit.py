"""Span credit: an attribute's advantage reaches the tokens that speak of it, the overall advantage reaches all.

The idea of separate rewards for separate fields of one answer is that of MR-IQA-2 (arXiv 2608.18579, equations 11-12).
"""

from collections.abc import Sequence

import numpy as np

from mgiqa.records import Span
from mgiqa.reward.weights import attribute_weights


def membership(spans: Sequence[Sequence[Span]], offsets: np.ndarray) -> np.ndarray:
    """Which tokens of one answer speak of which attribute.

    Args:
        spans: per attribute, the character ranges ``[start, end)`` of its reasoning and of its value; none is fine.
        offsets: (tokens, 2) character range of each token as a fast tokenizer gives it; empty ranges (special and
            padding tokens) belong to nothing.

    Returns:
        (tokens, a) True where a token overlaps a span. The last attribute, ``overall``, is told by its own spans here;
        ``token_advantage`` extends it to all tokens.

    >>> sharpness, overall = [(0, 5)], [(6, 9)]
    >>> membership([sharpness, overall], np.array([(0, 3), (3, 6), (6, 9), (9, 9)])).tolist()
    [[True, False], [True, False], [False, True], [False, False]]
    """
    start, end = np.asarray(offsets, dtype=np.int64).reshape(-1, 2).T
    result = np.zeros((len(start), len(spans)), dtype=bool)
    for column, ranges in enumerate(spans):
        for first, last in ranges:
            result[:, column] |= (start < last) & (end > first) & (start < end)
    return result


def token_advantage(
    component: np.ndarray, weight: np.ndarray, form: np.ndarray, members: np.ndarray, overall_weight: float
) -> np.ndarray:
    """Advantage of every token.

        A[t] = Σ_a w[t, a] · component[a] + form,   w[t] = attribute_weights(owners of t that take part)

    A token mixes the attributes that own it by the same rule by which an answer mixes all of them: ``overall`` has
    ``overall_weight`` and the owners share the rest, so the scale is that of the answer's advantage. A token that no
    attribute owns gets the overall advantage. The format reaches every token.

    Args:
        component: (batch, a) ``RewardResult.component`` of each answer.
        weight: (batch, a) ``RewardResult.weight`` of each answer's image: 0 where the attribute takes no part.
        form: (batch,) ``RewardResult.format`` of each answer.
        members: (batch, tokens, a) from ``membership``, padded with False.
        overall_weight: weight of ``overall`` beside an owner.

    Returns:
        (batch, tokens).

    >>> component, weight, form = np.array([[1.0, -0.5]]), np.array([[0.5, 0.5]]), np.array([0.25])
    >>> members = np.array([[[True, False], [False, False]]])  # the first token speaks of the attribute, the second not
    >>> token_advantage(component, weight, form, members, overall_weight=0.5).tolist()
    [[0.5, -0.25]]
    """
    owners = members.copy()
    owners[:, :, -1] = True
    weights = attribute_weights(owners & (weight > 0)[:, None, :], overall_weight)
    return np.einsum("bta,ba->bt", weights, component) + form[:, None]
