"""Trainings to be killed: ``python -m tests.training.learner`` reads runs, a line of JSON each, and answers in kind.

The libraries are loaded once and every process of a run is forked from here, so that many short runs cost little. A
run dies where it is told to, as a whole: the processes that are left are killed, as their launcher would do it.
"""

import hashlib
import json
import os
import shutil
import signal
import socket
import sys
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import DistributedType
from safetensors.torch import load_file

from mgiqa.models.load import load_model, save_model
from mgiqa.settings.training import Train
from mgiqa.training.grpo.policy import learn_to_rank
from mgiqa.training.grpo.trainer import LEARNING_WEIGHTS, RankingTrainer
from tests.training.conftest import make_material

SETTINGS = Train(
    steps=3, images=8, answers=3, least=4, validate_every=2, validate_answers=1, max_tokens=40, learning_rate=1e-3,
    averaging=0.5, span_credit=False, freeze_vision=False, schedule="constant_with_warmup",
)  # fmt: skip
SHARDED = {
    "ACCELERATE_USE_FSDP": "true",
    "ACCELERATE_TORCH_DEVICE": "cpu",
    "FSDP_VERSION": "2",
    "FSDP_RESHARD_AFTER_FORWARD": "true",
    "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
    "FSDP_STATE_DICT_TYPE": "SHARDED_STATE_DICT",
    "FSDP_CPU_RAM_EFFICIENT_LOADING": "false",
}
"""launch/fsdp.yaml as accelerate hands it to its processes, in single precision and on CPUs."""


@dataclass(frozen=True)
class Run:
    """One start of a training.

    Attributes:
        folder: of the run; another start in it goes on with it.
        model: folder of the model to start from.
        changed: settings that differ from ``SETTINGS``.
        processes: how many learn together.
        sharded: whether they share out the weights by FSDP 2.
        threads: of each process.
        kill_at_step: dies when this step is logged.
        copy_at_step: leaves a copy of its folder, as a kill at this step would leave it, in ``FOLDER-killed``.
        kill_at_event: dies before this file of its folder is opened, renamed or removed, counted from 1.
        forget: does not load the weights that its checkpoint holds.
        astray: every process but the first one is told that the worst validation image is the best.
    """

    folder: str
    model: str
    changed: dict[str, Any]
    processes: int = 1
    sharded: bool = False
    threads: int = 1
    kill_at_step: int = 0
    copy_at_step: int = 0
    kill_at_event: int = 0
    forget: bool = False
    astray: bool = False


def learn(run: Run, rank: int) -> None:
    """One process of a run, in its own fork."""
    folder, model = Path(run.folder), Path(run.model)
    images = folder / f"images-{rank}"
    images.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(run.threads)
    if run.kill_at_event:
        _die_at_event(folder / "work", run.kill_at_event)
    if run.forget:
        RankingTrainer._load_from_checkpoint = lambda *_, **__: None
    validation = make_material(images, 6, 1)
    if run.astray and rank > 0:
        validation = replace(validation, labels=6 - validation.labels)
    opened = _opened_of(images)
    told: dict[int, dict[str, list[str]]] = {}
    ranked = learn_to_rank(
        load_model(model, "cpu"),
        make_material(images, 12, 0),
        validation,
        Train(**(SETTINGS.model_dump() | run.changed)),
        seed=0,
        work=folder / "work",
        source=model,
        progress=lambda figures, step: _at(run, step),
        on_validation=lambda step, score, texts: told.update({step: {"texts": list(texts), "opened": sorted(opened)}}),
    )
    (folder / f"validated-{rank}.json").write_text(json.dumps(told))
    (folder / f"best-{rank}").write_text(str(ranked.best))
    if rank == 0:
        save_model(folder / "model", ranked.loaded.model, ranked.loaded.processor, {"overall": "direct"})
        (folder / "found.json").write_text(json.dumps(_found(folder, ranked.best)))


def _at(run: Run, step: int) -> None:
    """What happens when a step is logged, which the first process does."""
    if step == run.kill_at_step:
        die()
    if step == run.copy_at_step:
        shutil.copytree(run.folder, f"{run.folder}-killed")


def _found(folder: Path, best: int) -> dict[str, Any]:
    """All that a run ends with: what it keeps, the state of its last step, and the share of weights that this moved."""
    last = folder / "work" / f"checkpoint-{SETTINGS.steps}"
    files = [*last.rglob("*.safetensors"), *last.rglob("running.json"), *last.rglob("validation_scores.json")]
    state = {str(path.relative_to(last)): digest(path) for path in sorted(files)}
    before, after = (
        load_file(last.with_name(f"checkpoint-{step}") / LEARNING_WEIGHTS)
        for step in (SETTINGS.steps - 1, SETTINGS.steps)
    )
    moved = sum(not torch.equal(weight, after[name]) for name, weight in before.items()) / len(after)
    return {"best": best, "model": digest(folder / "model" / "model.safetensors"), "state": state, "moved": moved}


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def die() -> None:
    """The end of this process, here and now."""
    os.kill(os.getpid(), signal.SIGKILL)


def _opened_of(folder: Path) -> set[str]:
    """Names of the validation images that this process opens from now on."""
    opened: set[str] = set()

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        path = Path(str(arguments[0])) if event == "open" else Path()
        if path.parent == folder and path.name.startswith("1-"):
            opened.add(path.name)

    sys.addaudithook(listen)
    return opened


def _die_at_event(folder: Path, number: int) -> None:
    """Counts what happens to the files of ``folder``, and dies at the event of that number."""
    left = iter(range(number - 1))

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        counts = event in {"open", "os.rename", "os.remove", "shutil.rmtree"}
        if counts and str(arguments[0]).startswith(str(folder)) and next(left, None) is None:
            die()

    sys.addaudithook(listen)


def _join(run: Run, rank: int, port: int) -> None:
    """Makes this fork a process of several, as accelerate's launcher does."""
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": run.processes, "LOCAL_WORLD_SIZE": run.processes}
    os.environ.update({name: str(value) for name, value in place.items()})
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    if run.sharded:
        os.environ.update(SHARDED)
        torch.distributed.init_process_group("gloo")
        # accelerate shares weights out between GPUs only, so it is told that these are some
        PartialState._prepare_backend = lambda *_, **__: ("gloo", DistributedType.MULTI_GPU)


def start(run: Run) -> list[int]:
    """Forks the processes of a run and waits for their end; how each ended, negative for a signal."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = {_fork(run, rank, port): rank for rank in range(run.processes)}
    ended: dict[int, int] = {}
    while len(ended) < len(started):
        process, status = os.wait()
        ended[process] = os.waitstatus_to_exitcode(status)
        if ended[process]:
            for other in started.keys() - ended.keys():
                os.kill(other, signal.SIGKILL)
    return [ended[process] for process in started]


def _fork(run: Run, rank: int, port: int) -> int:
    process = os.fork()
    if process:
        return process
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        if run.processes > 1:
            _join(run, rank, port)
        learn(run, rank)
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - a fork must not go on as its parent
        traceback.print_exc()
        Path(run.folder, f"error-{rank}").write_text(f"{type(error).__name__}: {error}")
        os._exit(1)


def _serve() -> None:
    for line in sys.stdin:
        run = Run(**json.loads(line))
        found = Path(run.folder) / "found.json"
        found.unlink(missing_ok=True)
        status = start(run)
        content = json.loads(found.read_text()) if found.is_file() else None
        sys.stdout.write(json.dumps({"status": status, "found": content}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
