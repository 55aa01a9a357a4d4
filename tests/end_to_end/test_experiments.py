"""Experiments as README recommends them: the checkout stays as it is, also if one is interrupted."""

import contextlib
import hashlib
import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.checkout import Checkout
from tests.documents import read_commands

pytestmark = pytest.mark.slow

NAME = "small-gallery"
FIGURES = ["overall", "pooled", "attributes", "plcc", "read", "distinct"]


def recommended(command: str) -> list[str]:
    """The first command of README that begins so."""
    return shlex.split(next(found for found in read_commands("README.md") if found.startswith(command)))


def experiment(gallery: int, name: str) -> list[str]:
    """README's experiment, with a setting that only the report depends on, since that takes seconds."""
    command = recommended("dvc exp run")
    place = command.index("-S") + 1
    return [*command[:place], f"report.gallery={gallery}", *command[place + 1 :], "--name", name]


def state(checkout: Checkout) -> dict[str, str]:
    """Path → digest of the settings and of every result."""
    files = [checkout.root / "params.yaml", checkout.root / "dvc.lock", *(checkout.root / "data").rglob("*")]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()}


@contextlib.contextmanager
def started(checkout: Checkout, command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        command,
        cwd=checkout.root,
        env=checkout.environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        yield process


@pytest.fixture(scope="module")
def tried(finished: Checkout) -> Iterator[Checkout]:
    """The checkout after an experiment, during which it stayed as it is."""
    before, registry = state(finished), finished.root / ".mlflow" / "mlflow.db"
    recorded = registry.stat().st_mtime_ns
    with started(finished, experiment(2, NAME)) as process:
        said = []
        for line in process.stdout or ():
            said.append(line)
            assert state(finished) == before, f"changed while it ran: {''.join(said)}"
        assert process.wait() == 0, "".join(said)
    assert "Running stage 'report':\n" in said
    assert "Running stage 'register':\n" in said
    assert state(finished) == before
    assert registry.stat().st_mtime_ns > recorded, "what a copy registers outlives it"
    yield finished
    finished.run("dvc", "exp", "remove", "--all-commits")


def test_an_experiment_has_its_own_result(tried: Checkout) -> None:
    assert NAME in tried.run("dvc", "exp", "list", "--all")
    changed = json.loads(tried.run("dvc", "exp", "diff", "HEAD", NAME, "--json"))
    assert changed["params"] == {"params.yaml": {"report.gallery": {"old": 12, "new": 2, "diff": -10}}}


def test_experiments_stand_side_by_side_in_120_columns(tried: Checkout) -> None:
    """With all figures, as where every one differs."""
    command = [*recommended("dvc exp show"), "--keep", "|".join(FIGURES)]
    shown = tried.run("env", "COLUMNS=120", *command).splitlines()
    assert max(map(len, shown)) <= 120
    assert not [line for line in shown if "…" in line]
    header = next(line for line in shown if "Experiment" in line)
    assert header.split() == ["Experiment", "Created", *FIGURES, "report.gallery"]
    assert any(NAME in line for line in shown)


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_an_interrupted_experiment_leaves_the_checkout_as_it_is(finished: Checkout, ended_by: signal.Signals) -> None:
    before = state(finished)
    with started(finished, experiment(3, "interrupted")) as process:
        assert any("Running stage 'report'" in line for line in process.stdout or ())
        os.killpg(process.pid, ended_by)
        process.stdout.read()
        assert process.wait() != 0
    assert state(finished) == before
    assert json.loads(finished.run("dvc", "status", "--json")) == {}
    assert "interrupted" not in finished.run("dvc", "exp", "list", "--all")
