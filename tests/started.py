"""Stages at work under DVC or under Dagster, to be killed by benchmarks."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil
import yaml

from orchestration.graph import read_graph
from tests.checkout import Checkout
from tests.crashes import LOG

GUARDIAN = 90.0
"""Seconds within which nothing of a killed Dagster may be left."""


class Reproduced:
    """A stage that DVC runs, in a process group of its own."""

    def __init__(self, root: Path, name: str, dataset: str, said: Path | None = None) -> None:
        command = ["dvc", "repro", "--force", "--no-run-cache", "--single-item", target(name, dataset)]
        self.process = begun(root, command, said or root / LOG)

    def poll(self) -> int | None:
        return self.process.poll()

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Materialized:
    """A stage that Dagster brings up to date, in a run from a terminal."""

    def __init__(self, root: Path, name: str, dataset: str) -> None:
        shutil.rmtree(root / ".dvc" / "cache" / "runs", ignore_errors=True)
        forget(root, target(name, dataset))
        (key,) = (node.key for node in read_graph(root) if node.name == target(name, dataset))
        select = f'key:"{key.to_user_string()}"'
        command = ["dagster", "asset", "materialize", "-m", "orchestration.definitions", "--select", select]
        self.process = begun(root, command, root / LOG)

    def poll(self) -> int | None:
        return self.process.poll()

    def kill(self) -> None:
        if self.process.poll() is None:
            started = psutil.Process(self.process.pid).children(recursive=True)
            self.process.kill()
            _, left = psutil.wait_procs(started, GUARDIAN)
            if left:
                raise SystemExit(f"{len(left)} processes outlive a killed Dagster: {left}")
        self.process.wait()


def begun(root: Path, command: Sequence[str], said: Path) -> "subprocess.Popen[bytes]":
    """A command in a checkout, and in a process group of its own; what it says is added to the file ``said``."""
    with said.open("a") as log:
        return subprocess.Popen(
            command,
            cwd=root,
            env=Checkout(root).environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def forget(root: Path, stage: str) -> None:
    """Takes a stage out of ``dvc.lock``: with an entry there DVC would bring a lost output back from its cache."""
    lock = root / "dvc.lock"
    content = yaml.safe_load(lock.read_text(encoding="utf-8"))
    content["stages"].pop(stage, None)
    lock.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def target(name: str, dataset: str) -> str:
    """What DVC calls a stage."""
    return f"{name}@{dataset}" if dataset else name
