"""How a run ends: FINISHED, FAILED by an error, or KILLED by a signal."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

FINISHED, RUN_FAILED, KILLED = "FINISHED", "FAILED", "KILLED"
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Terminated(SystemExit):
    """A signal asked the process to end; uncaught, it ends with the status a shell expects (128 + signal)."""

    def __init__(self, signum: int) -> None:
        super().__init__(128 + signum)
        self.signal = signal.Signals(signum).name

    def __str__(self) -> str:
        return self.signal


def ending_of(error: BaseException) -> str:
    """The status of a run that ``error`` ended."""
    return KILLED if isinstance(error, Terminated | KeyboardInterrupt) else RUN_FAILED


@contextmanager
def signals_raise() -> Iterator[None]:
    """Inside the block SIGTERM and SIGINT raise ``Terminated``, so that everything that must be closed is closed.

    SIGINT is taken even where the process was started with it ignored, as shells do for background jobs: an
    orchestrator that cancels a step sends it. Outside the main thread signals cannot be taken; then nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {signum: signal.signal(signum, _raise) for signum in ENDING_SIGNALS}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _raise(signum: int, frame: FrameType | None) -> None:
    raise Terminated(signum)
