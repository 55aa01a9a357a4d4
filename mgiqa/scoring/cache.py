"""A key-value cache with room: written in place, where transformers' own copies everything for every new token."""

from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer


class _RoomyLayer(DynamicLayer):
    """One layer's keys and values, at the front of tensors that were made long enough at the start."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, rows: torch.Tensor, room: int) -> None:
        super().__init__()
        self.lazy_initialization(keys, values)
        self._room = [_extended(keys, rows, room), _extended(values, rows, room)]
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


def with_room(cache: DynamicCache, rows: torch.Tensor, room: int) -> DynamicCache:
    """These rows of ``cache``, which may occur several times, with place for ``room`` more tokens in every layer.

    What is taken from ``cache`` is gone from it, so that no two layers are there twice.
    """
    roomy = DynamicCache()
    roomy.layers = []
    while cache.layers:
        layer = cache.layers.pop(0)
        roomy.layers.append(_RoomyLayer(layer.keys, layer.values, rows, room))
    return roomy


def _extended(states: torch.Tensor, rows: torch.Tensor, room: int) -> torch.Tensor:
    _, heads, length, size = states.shape
    held = states.new_zeros((len(rows), heads, length + room, size))
    held[:, :, :length] = states[rows]
    return held
