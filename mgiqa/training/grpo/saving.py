"""Checkpoints between two validations: after some minutes, and when the process is asked to end."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mgiqa.registry.ending import ENDING_SIGNALS, Terminated
from mgiqa.training.distributed import as_first

HASTE = 5.0
"""Seconds after which a second signal is no echo of the first, which launchers and terminals send to several processes,
but says that nobody wants to wait."""


class Saving(TrainerCallback):
    """Says when a checkpoint is due, always between two generation batches, so that a run that goes on from it makes
    the batches that it would have made; and what is learned does not depend on when that is.

    Of several processes the first one decides for all.

    Args:
        minutes: from one checkpoint to the next, at most, but for the step at hand.
        iterations: steps that a generation batch lasts for.
    """

    def __init__(self, minutes: float, iterations: int) -> None:
        self.seconds, self.iterations = 60 * minutes, iterations
        self._saved, self._unsaved = time.monotonic(), False
        self._signal, self._asked = 0, 0.0

    @contextmanager
    def deferring_signals(self) -> Iterator[None]:
        """Inside, SIGTERM and SIGINT let the step at hand end and be saved first; then ``Terminated`` is raised.

        It is raised at once where nothing would be saved by waiting, and at a second signal after ``HASTE``. Outside
        the main thread signals cannot be taken; then nothing changes.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {signum: signal.signal(signum, self._take) for signum in ENDING_SIGNALS}
        try:
            yield
        finally:
            for signum, handler in before.items():
                signal.signal(signum, handler)
        if self._signal:
            raise Terminated(self._signal)

    def _take(self, signum: int, frame: FrameType | None) -> None:
        if not self._unsaved or (self._signal and time.monotonic() - self._asked > HASTE):
            raise Terminated(signum)
        if not self._signal:
            self._signal, self._asked = signum, time.monotonic()
            sys.stderr.write("train: asked to end; it does so when the step at hand is done and saved.\n")

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook."""
        self._unsaved = True

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook."""
        if state.global_step % self.iterations:
            return
        due, self._signal = as_first((time.monotonic() - self._saved >= self.seconds, self._signal))
        if due or self._signal:
            control.should_save = True
        if self._signal:
            control.should_training_stop = True

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The trainer's hook, called after those that write the checkpoint."""
        self._saved, self._unsaved = time.monotonic(), False
