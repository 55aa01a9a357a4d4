"""Runs one stage through DVC, in a child process that leaves nothing behind however it ends."""

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from dvc.lock import LockError

from mgiqa.execution.process_guard import guarded
from orchestration.graph import open_repo, pipeline_stages
from orchestration.versions import data_version

BUSY = "is busy, it is being blocked by"
REFUSAL = "mgiqa: "
LAST_LINES = 30


class Outcome(StrEnum):
    """What DVC did to bring a stage up to date."""

    RAN = "ran"
    RESTORED = "restored from cache"
    UNCHANGED = "unchanged"


class StageBusyError(Exception):
    """Another process holds what the stage reads or writes; DVC does not wait for that."""


class StageFailedError(Exception):
    """DVC could not bring the stage up to date.

    Attributes:
        lines: the last of what it printed.
        status: exit status of the stage's own command, where it ran.
    """

    def __init__(self, name: str, lines: list[str]) -> None:
        super().__init__(f"stage {name} failed")
        self.lines = lines
        exits = re.findall(r"exited with (-?\d+)", "\n".join(lines))
        self.status = int(exits[-1]) if exits else None

    @property
    def refusal(self) -> str:
        """The sentence with which the stage refused its input; empty if it crashed."""
        said = [line.removeprefix(REFUSAL) for line in self.lines if line.startswith(REFUSAL)]
        return said[-1] if said else ""

    @property
    def complaint(self) -> str:
        """What DVC itself complains of, such as a full disk; empty if the stage's command failed."""
        said = [line.removeprefix("ERROR: ") for line in self.lines if line.startswith("ERROR: ")]
        return said[-1] if said and self.status is None else ""


def current_version(root: Path, name: str) -> str | None:
    """The data version of a stage for which ``dvc repro`` would find nothing to do; None if there is something to do.

    Asked in this process, where the answer takes a few hundredths of a second instead of the one that starting DVC
    takes. While another process works in the same folder there is no answer, and DVC itself has to find out.
    """
    repo = open_repo(root)
    stage = pipeline_stages(repo)[name]
    try:
        with repo.lock:
            if stage.changed():
                return None
    except LockError:
        return None
    return data_version({out.def_path: out.hash_info.value for out in stage.outs})


def reproduce(root: Path, name: str, env: Mapping[str, str], show: Callable[[str], None]) -> Outcome:
    """Runs ``dvc repro`` for one stage, without those before it.

    Args:
        root: folder of ``dvc.yaml``.
        name: the stage.
        env: the whole environment of the stage.
        show: is given every line that it prints, as it comes.

    Raises:
        StageBusyError: another process is at it; try again later.
        StageFailedError: it did not succeed; its output is then as DVC left it, and ``dvc.lock`` unchanged.
    """
    status, lines = follow(("-m", "dvc", "--wait-for-lock", "repro", "--single-item", name), root, env, show)
    if status == 0:
        return _outcome(name, lines)
    if any(BUSY in line for line in lines):
        raise StageBusyError("\n".join(lines[-LAST_LINES:]))
    raise StageFailedError(name, lines[-LAST_LINES:])


def follow(
    arguments: Sequence[str], root: Path, env: Mapping[str, str], show: Callable[[str], None]
) -> tuple[int, list[str]]:
    """Runs Python with ``arguments`` in ``root`` and returns its exit status and every line that it printed.

    The commands of ``dvc.yaml`` begin with ``python``, which is then this one, even where its environment was not
    activated and ``PATH`` names another.

    An exception in this process, such as the one by which Dagster cancels a run, ends the child and all its own.
    """
    lines = []
    path = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    with guarded((sys.executable, *arguments), root, {**env, "PATH": path}) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip("\n"))
            show(lines[-1])
        return process.wait(), lines


def _outcome(name: str, lines: list[str]) -> Outcome:
    if any(line.startswith(f"Stage '{name}' is cached - skipping run") for line in lines):
        return Outcome.RESTORED
    if any(line.startswith(f"Stage '{name}' didn't change, skipping") for line in lines):
        return Outcome.UNCHANGED
    return Outcome.RAN


def print_line(line: str) -> None:
    """Writes one line to standard output, which Dagster keeps with the run."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
