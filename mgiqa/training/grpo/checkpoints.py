"""Checkpoints that can be trusted after a kill: one counts only when everything that belongs to it is written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from mgiqa.training.distributed import is_first, wait

COMPLETE = "complete.json"
"""Written last: the size in bytes of every other file of the checkpoint."""


class Stateful(Protocol):
    """Something whose state belongs to a checkpoint."""

    def save_state(self, folder: Path) -> None:
        """Writes the state into ``folder``; called in every process, of which the first one writes."""

    def load_state(self, folder: Path) -> None:
        """Reads it back, in every process."""


class Checkpoints(TrainerCallback):
    """Adds the state of ``parts`` to each checkpoint of the trainer, then marks it complete.

    Args:
        parts: name → what to save beside the trainer's own files.
        start: the checkpoint that the parts get their states from when training begins; none begins anew.
        saved: called after each complete checkpoint with its step.
    """

    def __init__(
        self,
        parts: dict[str, Stateful],
        start: Path | None = None,
        saved: Callable[[int], object] = lambda step: None,
    ) -> None:
        self.parts, self.start, self.saved = parts, start, saved

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook, called when the weights lie where they will stay."""
        if self.start:
            for name, part in self.parts.items():
                part.load_state(self.start / name)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook, called when its own files are written."""
        folder = Path(args.output_dir or ".") / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"
        for name, part in self.parts.items():
            (folder / name).mkdir(exist_ok=True)
            part.save_state(folder / name)
        wait()  # for the files of the other processes
        if is_first():
            _mark(folder)
            self.saved(state.global_step)


def write_json(path: Path, content: Any) -> None:
    """Writes a part's state, in the first process."""
    if is_first():
        path.write_text(json.dumps(content), encoding="utf-8")


def latest_checkpoint(work: Path) -> Path | None:
    """The last complete checkpoint in ``work``, if there is one; incomplete ones are removed."""
    checkpoints = {int(path.name.rpartition("-")[2]): path for path in work.glob(f"{PREFIX_CHECKPOINT_DIR}-*")}
    for step, path in list(checkpoints.items()):
        if not _is_complete(path):
            shutil.rmtree(path)
            del checkpoints[step]
    return checkpoints[max(checkpoints)] if checkpoints else None


def _sizes(folder: Path) -> dict[str, int]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


def _mark(folder: Path) -> None:
    mark = folder / f".{COMPLETE}"
    mark.write_text(json.dumps({"files": _sizes(folder)}) + "\n", encoding="utf-8")
    mark.rename(folder / COMPLETE)


def _is_complete(folder: Path) -> bool:
    if not (folder / COMPLETE).is_file():
        return False
    needed = json.loads((folder / COMPLETE).read_text(encoding="utf-8")).get("files")
    return needed is not None and needed.items() <= _sizes(folder).items()
