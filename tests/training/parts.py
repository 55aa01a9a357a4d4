"""One process of a model whose weights FSDP 2 shares out: ``accelerate launch ... -m tests.training.parts FOLDER``.

On CPUs, where accelerate does not choose FSDP itself, the weights are shared out as it does. The process judges the
model, moves its weights, judges again, goes back to the best, and puts the model together; the first writes what came
of it to ``FOLDER/whole/found.safetensors``, and for an adapter to ``FOLDER/adapted/found.safetensors``.
"""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from peft import get_peft_model
from safetensors.torch import save_file
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from mgiqa.models.load import LoadedModel, load_model
from mgiqa.scoring.generation import Decoding
from mgiqa.training.adapters import lora, merged_adapter
from mgiqa.training.distributed import is_first, is_shared_out, join
from mgiqa.training.grpo.averaging import Averaged
from mgiqa.training.grpo.selection import Selection
from tests.training.conftest import make_material

RANK = 2


def share_out(model: Any) -> None:
    """Every layer of the language part on its own, then the rest, as accelerate's wrap policy does."""
    mesh = init_device_mesh("cpu", (join().num_processes,))
    bare = model.get_base_model() if hasattr(model, "get_base_model") else model
    for layer in bare.model.language_model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(bare, mesh=mesh)


def move(model: Any) -> None:
    """Changes every weight that learns by an amount of its own."""
    with torch.no_grad():
        for number, (_, weight) in enumerate(sorted(model.named_parameters())):
            if weight.requires_grad:
                weight.mul_(1.01 + 0.001 * number).add_(0.01)


def work(folder: Path, adapted: bool) -> None:
    """Does what the head of this file says, with all weights learning or an adapter alone."""
    processes = join()
    loaded = load_model(folder / "model", "cpu")
    torch.manual_seed(0)
    model = get_peft_model(loaded.model, lora(RANK)) if adapted else loaded.model
    if processes.num_processes > 1:
        share_out(model)
        assert is_shared_out(model)
    kind = folder / ("adapted" if adapted else "whole")
    images = kind / f"images-{processes.process_index}"
    images.mkdir(parents=True)
    bare = model.get_base_model() if adapted else model
    selection = Selection(
        LoadedModel(bare, loaded.processor, {}),
        Averaged(model, 0.0),
        make_material(images, 3, 1),
        every=1,
        folder=kind / "best",
        decoding=Decoding(max_tokens=6),
        overall="direct",
    )
    move(model)
    for step in range(2):
        selection.on_step_end(None, SimpleNamespace(global_step=step, max_steps=9), SimpleNamespace())
        if step == 0:
            move(model)
    selection.scores[1] = selection.scores[0]  # of equals the first is kept
    selection.apply_best()
    model = merged_adapter(model)
    if is_first():
        found = {name: weight.detach().contiguous() for name, weight in model.named_parameters()}
        found["validation_score"] = torch.from_numpy(
            np.array([selection.scores[0].parsed, selection.scores[0].distinct])
        )
        save_file(found, kind / "found.safetensors")


if __name__ == "__main__":
    for adapted in (False, True):
        work(Path(sys.argv[1]), adapted)
    join().destroy_process_group()
