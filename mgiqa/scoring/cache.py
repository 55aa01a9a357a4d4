"""A key-value cache with room: written in place, where transformers' own copies everything for every new token."""

from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer


class _RoomyLayer(DynamicLayer):
    """One layer's keys and values, at the front of tensors that were made long enough at the start."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, room: int) -> None:
        super().__init__()
        self.lazy_initialization(keys, values)
        self._room = [_extended(keys, room), _extended(values, room)]
        self._show(keys.shape[-2])

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        for held, new in zip(self._room, (key_states, value_states), strict=True):
            held[..., start:end, :] = new
        self._show(end)
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keeps these rows, in this order."""
        length = self.get_seq_length()
        self._room = [held[indices] for held in self._room]
        self._show(length)

    def _show(self, length: int) -> None:
        self.keys, self.values = (held[..., :length, :] for held in self._room)


def with_room(cache: DynamicCache, room: int) -> DynamicCache:
    """``cache`` with place for ``room`` more tokens in every layer."""
    roomy = DynamicCache()
    roomy.layers = [_RoomyLayer(layer.keys, layer.values, room) for layer in cache.layers]
    return roomy


def _extended(states: torch.Tensor, room: int) -> torch.Tensor:
    held = states.new_zeros((*states.shape[:-2], states.shape[-2] + room, states.shape[-1]))
    held[..., : states.shape[-2], :] = states
    return held
