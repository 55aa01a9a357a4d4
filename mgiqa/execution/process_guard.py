"""A child process that cannot outlive its parent, nor leave children of its own.

A long training has many processes, a signal reaches only some of them, and an orchestrator that is killed sends none.
So a command runs under a guard (``python -m mgiqa.execution.process_guard COMMAND...``) that holds one end of a pipe.
When the other end closes, because the parent asked for it or because the parent is gone for whatever cause, the guard
ends everything that the command has started: it asks with SIGINT, then with SIGTERM, then it kills.

The guardian adopts orphans (Linux's "child subreaper"), so it also finds processes that left the process group.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

import psutil

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
ESCALATION = ((signal.SIGINT, 30.0), (signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
"""Signals in the order they are sent, each with the seconds given to end; a training needs some to close its run."""


@contextlib.contextmanager
def guarded(
    command: Sequence[str], cwd: Path, env: Mapping[str, str], stdout: IO[str] | int = subprocess.PIPE
) -> Iterator["subprocess.Popen[str]"]:
    """Runs a command for as long as the block, at most; standard error goes where standard output goes.

    Args:
        command: program and arguments.
        cwd: folder to run in.
        env: the whole environment.
        stdout: where output goes; by default to ``process.stdout``, line by line.

    Yields:
        The process of the guardian; it ends when the command ends, with the same exit status (128 + n for signal n).
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "mgiqa.execution.process_guard", *command],
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        yield process
    finally:
        let_go(process)
        process.communicate()  # reads on to the end, lest a process that is closing its run waits for a full pipe


def let_go(process: "subprocess.Popen[str]") -> None:
    """Tells the guardian to end the command, without waiting until it has."""
    pipe, process.stdin = process.stdin, None
    if pipe:
        pipe.close()


def end_with_parent() -> None:
    """Has the kernel send SIGTERM to this process as soon as the one that started it is gone, for whatever cause."""
    _ask_kernel(PR_SET_PDEATHSIG, signal.SIGTERM)


def main(command: Sequence[str]) -> int:
    """Runs ``command`` until it ends or standard input closes; returns its exit status."""
    _ask_kernel(PR_SET_CHILD_SUBREAPER, 1)
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _leave)
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent
    )  # or a killed guardian left it
    try:
        select.select([sys.stdin, os.pidfd_open(child.pid)], [], [])
        if child.poll() is None:
            end_descendants()
        status = child.wait()
    finally:
        end_descendants()
    return status if status >= 0 else 128 - status


def end_descendants() -> None:
    """Ends every process that this one has started, directly or not, and waits until they are gone."""
    for signum, patience in ESCALATION:
        deadline = time.monotonic() + patience
        for process in _descendants():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signum)
        while _descendants() and time.monotonic() < deadline:
            time.sleep(0.1)
        if not _descendants():
            return


def _descendants() -> list[psutil.Process]:
    living = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                living.append(process)
    return living


def _ask_kernel(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(128 + signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
