"""Weights on disk: whole, by the names that the model in training gives them, and every one of them or an error.

transformers writes its checkpoints in the naming of the Hub and reads them back with what matches; for the models here
nothing does, and a warning says so. What is written here is what is read.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from mgiqa.errors import TrainingError
from mgiqa.training.distributed import gather_full

_SHOWN = 3
"""Names that a message tells."""


def write_weights(path: Path, weights: Mapping[str, torch.Tensor]) -> None:
    """Writes named weights in full; every process must call it, and the first one writes."""
    full = gather_full(weights.items())
    if full is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}")
        save_file({name: weight.contiguous() for name, weight in full.items()}, draft)
        draft.rename(path)


def read_weights(path: Path, names: Collection[str]) -> dict[str, torch.Tensor]:
    """Reads weights of exactly these names, in full, to the CPU.

    Raises:
        TrainingError: the file cannot be read, lacks one of them, or holds one more.
    """
    try:
        stored = load_file(path)
    except (OSError, SafetensorError) as error:
        raise _refused(path, f"cannot be read: {error}") from error
    differing = {"lacks": set(names) - set(stored), "holds besides": set(stored) - set(names)}
    said = [f"{verb} {_listed(different)}" for verb, different in differing.items() if different]
    if said:
        raise _refused(path, f"does not fit the {len(names)} weights that learn: it {' and '.join(said)}")
    return stored


def _refused(path: Path, reason: str) -> TrainingError:
    return TrainingError(
        f"{path} {reason}", remedy="Remove the run's folder below .work/ and train again, from the beginning."
    )


def _listed(names: set[str]) -> str:
    shown, more = sorted(names)[:_SHOWN], len(names) - _SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
