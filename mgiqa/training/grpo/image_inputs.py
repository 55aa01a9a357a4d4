"""What a model is given of the images of a generation batch: their pixels, or what a frozen vision tower made of them.

A batch shows each image many times: to the rollout, to the reference policy, to every pass of the update. A tower that
does not learn says the same each time, so it is asked once and its output is kept; for as long as there is room, also
for the later passes of the run.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

Fields = dict[str, torch.Tensor]

ROOM = 4 * 2**30
"""Bytes of a tower's outputs that are kept beyond their batch; 4,000 images for Qwen2.5-VL-3B at 256 tokens each."""


class ImageInputs:
    """The images of the generation batch at hand, by the entry of the dataset that they come from.

    Args:
        core: the model without its head.
        frozen: whether its vision tower stays as it is, and lies whole in this process; asked at each batch.
        room: bytes of its outputs that are kept beyond their batch.
    """

    def __init__(self, core: Any, frozen: Callable[[], bool], room: int = ROOM) -> None:
        self.core, self.frozen, self.room = core, frozen, room
        self._keeps = False
        self._fields: dict[int, Fields] = {}
        self._outputs: dict[int, Fields] = {}
        self._kept: dict[int, Fields] = {}

    def see(self, entries: Sequence[int], fields: Mapping[str, Any]) -> None:
        """Takes the images of a new batch, as the processor gives them."""
        tensors = {name: torch.as_tensor(np.asarray(values)) for name, values in fields.items()}
        if "image_grid_thw" in tensors:
            patches = tensors["image_grid_thw"].prod(-1).tolist()
            parts = {"pixel_values": torch.split(tensors["pixel_values"], patches)}
        else:
            parts = {}
        parts |= {name: torch.split(values, 1) for name, values in tensors.items() if name not in parts}
        self._fields = {
            entry: {name: values[number] for name, values in parts.items()} for number, entry in enumerate(entries)
        }
        self._outputs = {}
        self._keeps = "mm_encoder_outputs" in inspect.signature(type(self.core).forward).parameters and self.frozen()

    def shape(self, entry: int) -> tuple[tuple[int, ...], ...]:
        """What two images have in common that can be run together."""
        fields = self._fields[entry]
        grid = tuple(fields["image_grid_thw"].flatten().tolist()) if "image_grid_thw" in fields else ()
        return (*(tuple(values.shape) for values in fields.values()), grid)

    def of(self, entries: Sequence[int]) -> dict[str, Any]:
        """Inputs of the model for these images, in this order, where the model lies."""
        if not self._keeps:
            return self.pixels(entries)
        outputs = [self._output(entry) for entry in entries]
        fields = [self._fields[entry] for entry in entries]
        told = [{name: value for name, value in one.items() if name != "pixel_values"} for one in fields]
        return self._joined(told) | {"mm_encoder_outputs": {"image": _Outputs(outputs, self._device)}}

    def pixels(self, entries: Sequence[int]) -> dict[str, Any]:
        """As ``of``, with the pixels in any case."""
        return self._joined([self._fields[entry] for entry in entries])

    @property
    def _device(self) -> torch.device:
        return next(self.core.parameters()).device

    def _joined(self, parts: Sequence[Fields]) -> dict[str, Any]:
        return {name: torch.cat([part[name] for part in parts]).to(self._device) for name in parts[0]}

    def _output(self, entry: int) -> Fields:
        """What the tower makes of one image, which is run alone, so that no bit depends on what is in the batch."""
        for known in (self._kept, self._outputs):
            if entry in known:
                return known[entry]
        with torch.no_grad():
            made = self.core.get_image_features(**self._joined([self._fields[entry]]), return_dict=True)
        output = {"tokens": made.pooler_output[0].cpu()}
        output |= {f"layer {number}": torch.cat(list(one)).cpu() for number, one in enumerate(_layers(made))}
        size = sum(values.nbytes for values in output.values())
        if size <= self.room:
            self.room -= size
            self._kept[entry] = output
        else:
            self._outputs[entry] = output
        return output


class _Outputs:
    """Outputs of a vision tower for several images, in the form that the models of transformers take them in."""

    def __init__(self, outputs: Sequence[Fields], device: torch.device) -> None:
        there = [{name: values.to(device) for name, values in output.items()} for output in outputs]
        self.pooler_output = [output["tokens"] for output in there]
        names = [name for name in there[0] if name != "tokens"]
        self.deepstack_features = [[output[name] for output in there] for name in names]


def _layers(made: Any) -> Sequence[Any]:
    """Qwen3-VL's outputs of single layers, beside the last."""
    return getattr(made, "deepstack_features", None) or ()
