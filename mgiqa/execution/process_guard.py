"""A child process that cannot outlive its parent, nor leave children of its own.

A long training has many processes, a signal reaches only some of them, and an orchestrator that is killed sends none.
So a command runs under a guard (``python -m mgiqa.execution.process_guard COMMAND...``) that holds one end of a pipe.
When the other end closes, because the parent asked for it or because the parent is gone for whatever cause, the guard
ends everything that the command has started: it asks with SIGINT, then with SIGTERM, then it kills. It does the same
when it is asked to end itself. Where its standard input is no pipe, as in a job of Slurm, that alone ends it.

The guardian adopts orphans (Linux's "child subreaper"), so it also finds processes that left the process group.
"""

import contextlib
import ctypes
import os
import select
import signal
import stat
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
"""Signals in the order they are sent, each with the seconds given to end."""
SAVING = 240.0
"""Seconds given to a process that listens to SIGINT: a training ends its step, writes a checkpoint, closes its run."""


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
    """Runs ``command`` until it ends or standard input, if that is a pipe, closes; returns its exit status."""
    _ask_kernel(PR_SET_CHILD_SUBREAPER, 1)
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _leave)
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent
    )  # or a killed guardian left it
    try:
        held = [sys.stdin] if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode) else []
        select.select([*held, os.pidfd_open(child.pid)], [], [])
        if child.poll() is None:
            end_descendants()
        status = child.wait()
    finally:
        end_descendants()
    return status if status >= 0 else 128 - status


def end_descendants() -> None:
    """Ends every process that this one has started, directly or not, and waits until they are gone."""
    for signum, patience in ESCALATION:
        begun = time.monotonic()
        for process in _descendants():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signum)
        while living := _descendants():
            waited = time.monotonic() - begun
            saves = signum == signal.SIGINT and waited < SAVING and any(map(_listens, living))
            if waited >= patience and not saves:
                break
            time.sleep(0.1)
        else:
            return


def _listens(process: psutil.Process) -> bool:
    """Whether a process does something of its own at SIGINT; what only ignores it would be waited for in vain."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (signal.SIGINT - 1) & 1)


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
