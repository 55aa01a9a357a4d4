"""Checkpoints that can be trusted after a kill: one counts only when everything that belongs to it is written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

COMPLETE = "complete.json"


class Stateful(Protocol):
    """Something whose state belongs to a checkpoint."""

    def save_state(self, folder: Path) -> None:
        """Writes the state into ``folder``."""

    def load_state(self, folder: Path) -> None:
        """Reads it back."""


class Checkpoints(TrainerCallback):
    """Adds the state of ``parts`` to each checkpoint of the trainer, then marks it complete.

    Args:
        parts: name → what to save beside the trainer's own files.
        saved: called after each complete checkpoint with its step.
    """

    def __init__(self, parts: dict[str, Stateful], saved: Callable[[int], object] = lambda step: None) -> None:
        self.parts, self.saved = parts, saved

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook, called when its own files are written."""
        if not state.is_world_process_zero:
            return
        folder = Path(args.output_dir or ".") / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"
        for name, part in self.parts.items():
            (folder / name).mkdir(exist_ok=True)
            part.save_state(folder / name)
        mark = folder / f".{COMPLETE}"
        mark.write_text(json.dumps({"step": state.global_step}) + "\n", encoding="utf-8")
        mark.rename(folder / COMPLETE)
        self.saved(state.global_step)

    def restore(self, folder: Path) -> None:
        """Gives every part its state back from a complete checkpoint."""
        for name, part in self.parts.items():
            part.load_state(folder / name)


def latest_checkpoint(work: Path) -> Path | None:
    """The last complete checkpoint in ``work``, if there is one; incomplete ones are removed."""
    found = {int(path.name.rpartition("-")[2]): path for path in work.glob(f"{PREFIX_CHECKPOINT_DIR}-*")}
    for step, path in list(found.items()):
        if not (path / COMPLETE).is_file():
            shutil.rmtree(path)
            del found[step]
    return found[max(found)] if found else None
