"""Where tokens stand, as a model counts them: an image takes fewer positions than tokens."""

from collections.abc import Mapping
from typing import Any

import torch


def token_positions(
    core: Any, ids: torch.Tensor, attention: torch.Tensor, images: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """Positions of tokens, of shape (3, n, length) in time, height and width, or (n, length) where a model counts on.

    Args:
        core: the model without its head.
        ids: (n, length) tokens.
        attention: (n, length) 1 for every token that is no padding.
        images: inputs of the model for the n images, in this order.
    """
    if not hasattr(core, "get_rope_index"):
        return (attention.cumsum(-1) - 1).clamp(min=0)
    types = ids.eq(core.config.image_token_id).int()
    positions: torch.Tensor = core.get_rope_index(
        ids, mm_token_type_ids=types, image_grid_thw=images["image_grid_thw"], attention_mask=attention
    )[0]
    return positions
