"""Which characters of a text each token stands for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def token_offsets(tokenizer: Any, ids: list[int], text: str) -> NDArray[np.int64]:
    """Where each token lies in the text that all of them together are decoded to.

    A token by itself may be part of a character: a byte-level vocabulary splits a rare one into several, none of which
    decodes. Then its end is where the text of all tokens up to it ends, and what the last of them completes is its.

    Args:
        tokenizer: of the model that wrote the tokens.
        ids: tokens; special ones and padding are left out of the text.
        text: what they decode to together.

    Returns:
        (tokens, 2) first character and one after the last; equal where a token adds none.
    """
    pieces = [tokenizer.decode([token], skip_special_tokens=True) for token in ids]
    if "".join(pieces) == text:
        ends = np.cumsum([len(piece) for piece in pieces])
    else:
        ends = np.array(
            [_common(tokenizer.decode(ids[: end + 1], skip_special_tokens=True), text) for end in range(len(ids))]
        )
    ends = np.maximum.accumulate(ends.astype(np.int64))
    return np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)


def _common(start: str, text: str) -> int:
    """How many characters ``start`` and ``text`` begin with alike."""
    return next(
        (place for place, (one, other) in enumerate(zip(start, text, strict=False)) if one != other),
        min(len(start), len(text)),
    )
