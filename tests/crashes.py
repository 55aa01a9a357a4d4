"""Kills stages at moments drawn from a seed, lets them end, and compares what they wrote with what nobody disturbed.

Every stage starts from the undisturbed results before it, so that one that does not come back as it was is named and
spoils no other. SIGKILL leaves it no time for anything, as a loss of power does.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import numpy as np

from mgiqa.execution.runner import run_stage
from mgiqa.pipeline import STAGES
from mgiqa.quiet import silence_tools
from mgiqa.records import SUMMARY
from mgiqa.training.grpo.checkpoints import COMPLETE
from mgiqa.workspace import Workspace

SHARE = {
    "ingest": ("spaq", 1),
    "validate": ("para", 2),
    "normalize": ("", 1),
    "base": ("", 2),
    "warmup": ("", 1),
    "train": ("", 6),
    "evaluate": ("", 3),
    "report": ("", 2),
    "register": ("", 2),
}
"""Stage → the dataset that it runs for, and its kills of twenty: most where most can be lost."""

LOADED = [
    "great_expectations",
    "matplotlib.figure",
    "mlflow",
    "skimage",
    "sklearn",
    "trl",
    "mgiqa.training.grpo.policy",
]
"""What the stages load before they work."""

HUNG = 600.0
"""Seconds after which a stage is given up."""

LOG = "crashes.log"
"""What all stages of a copy have said."""

Moment = Callable[[], bool]
"""Is asked every few milliseconds whether it has come."""


class Started(Protocol):
    """A stage at work."""

    def poll(self) -> int | None:
        """Its exit status, -9 if it was killed; None while it works."""

    def kill(self) -> None:
        """SIGKILL to all its processes; waits until they are gone."""


class Forked:
    """The work of a stage's command, in a child of a process that has loaded what stages load.

    Kills thus hit the work of a stage, and few of them its imports.
    """

    def __init__(self, root: Path, name: str, dataset: str) -> None:
        context = get_context("forkserver")
        context.set_forkserver_preload([*LOADED, *(f"mgiqa.stages.{stage}" for stage in STAGES)])
        self.process = context.Process(target=work, args=(root, name, dataset))
        self.process.start()

    def poll(self) -> int | None:
        return self.process.exitcode

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


@dataclass
class Crashes:
    """Kills the stages of a copy of a checkout in which the whole pipeline has run.

    Attributes:
        undisturbed: that checkout.
        copy: where the copy is made.
        seed: of the moments.
        start: starts a stage: (root, stage, dataset).
        kills: the stage that each kill has hit, in order.
    """

    undisturbed: Path
    copy: Path
    seed: int = 0
    start: Callable[[Path, str, str], Started] = Forked
    kills: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        shutil.copytree(self.undisturbed, self.copy, ignore=shutil.ignore_patterns(".mlflow", ".work", "cache"))
        self.rng = np.random.default_rng(self.seed)

    def torment(self, name: str, dataset: str = "", *, kills: int) -> list[str]:
        """Kills a stage so often, lets it end, and returns the files that are not as they were undisturbed.

        Moments are drawn over the time that the stage takes. A stage that is done before its moment comes is compared
        as well, and begins again. The first kill of a training hits it while it writes its second checkpoint.
        """
        output = STAGES[name].output.format(dataset=dataset)
        shutil.rmtree(self.copy / "data" / output)
        seconds, wrong, left = taken(self.undisturbed, output), set[str](), kills
        if name == "train":
            assert self.run(name, dataset, lambda: is_saving(self.copy)) is None, "there was no second checkpoint"
            left -= 1
        while left:
            needed = self.run(name, dataset, after(self.rng.uniform(0, seconds)))
            if needed is None:
                left -= 1
            else:
                seconds = needed
                wrong |= differences(self.undisturbed, self.copy, output)
        self.run(name, dataset, lambda: False)
        return sorted(wrong | differences(self.undisturbed, self.copy, output))

    def run(self, name: str, dataset: str, moment: Moment) -> float | None:
        """Runs a stage until its moment comes and kills it then, or returns the seconds that it took to its end."""
        begun, process = time.monotonic(), self.start(self.copy, name, dataset)
        while process.poll() is None and not moment():
            time.sleep(0.002)
            assert time.monotonic() - begun < HUNG, f"{name} hangs"
        process.kill()
        if process.poll() == -signal.SIGKILL:
            self.kills.append(name)
            return None
        said = (self.copy / LOG).read_text(encoding="utf-8", errors="replace")
        assert process.poll() == 0, f"{name} failed after {self.kills}:\n{said[-4000:]}"
        return time.monotonic() - begun


def work(root: Path, name: str, dataset: str) -> None:
    """What the command of a stage does, in a process of its own."""
    with (root / LOG).open("a") as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    os.chdir(root)
    silence_tools()
    run_stage(name, Workspace(root), dataset or None)


def after(seconds: float) -> Moment:
    """Comes so many seconds from now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def is_saving(root: Path) -> bool:
    """Whether a checkpoint is being written beside a complete one."""
    found = [(folder / COMPLETE).is_file() for folder in root.glob(".work/train-*/checkpoint-*")]
    return any(found) and not all(found)


def taken(root: Path, output: str) -> float:
    """About the seconds that a stage took: from the end of the one before it to its own, by their files' times."""
    files = [root / "params.yaml", *(root / "data").rglob(SUMMARY)]
    own = (root / "data" / output / SUMMARY).stat().st_mtime
    return own - max(time for time in (file.stat().st_mtime for file in files) if time < own)


def differences(one: Path, other: Path, output: str) -> set[str]:
    """The files of an output that only one of two checkouts has, or that do not hold the same."""
    first, second = (root / "data" / output for root in (one, other))
    names = {path.relative_to(folder) for folder in (first, second) for path in folder.rglob("*") if path.is_file()}
    return {f"{output}/{name}" for name in names if not same(first / name, second / name)}


def same(one: Path, other: Path) -> bool:
    """Whether two files hold the same."""
    return one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()
