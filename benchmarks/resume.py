"""Kills the training of a checkout over and over and compares what it ends with to a training that nobody disturbed.

    python benchmarks/resume.py                  # all steps of params.yaml, five kills
    python benchmarks/resume.py --steps 40 --kills 3 --root ../other-checkout
    python benchmarks/resume.py --took 700       # the checkout's own policy is the undisturbed one: half the time

Both trainings start from the data and the warm-up model of the checkout, in copies of it. The kills come at times drawn
from a seed, spread over the time of the undisturbed training, wherever that is: in a step, a validation, or a
checkpoint half written. A kill is SIGKILL to the stage and all that it started, as ``kill -9`` or a full memory do it.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

from mgiqa.models.digest import model_digest

KEPT = (
    "params.yaml",
    "dvc.yaml",
    "dvc.lock",
    "launch",
    "data/normalized",
    "data/raw",
    "data/models/base",
    "data/models/warmup",
)
"""What the stage reads, of a checkout."""
SHOWN = 20
"""Lines of a training that failed."""


def copied(root: Path, to: Path, steps: int | None) -> Path:
    """A checkout with the inputs of ``train`` alone."""
    for name in KEPT:
        source, target = root / name, to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    if steps:
        params = yaml.safe_load((to / "params.yaml").read_text(encoding="utf-8"))
        params["train"]["steps"] = steps
        (to / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    return to


def train(root: Path, seconds: float | None = None) -> bool:
    """Starts the stage; with ``seconds`` it is killed after so many. Whether it came to its end."""
    command = [sys.executable, "-W", "ignore", "-m", "mgiqa", "train"]
    with (root / "train.log").open("a") as log:
        process = subprocess.Popen(command, cwd=root, stdout=log, stderr=log, start_new_session=True)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return False
    if status:
        said = (root / "train.log").read_text(encoding="utf-8").splitlines()[-SHOWN:]
        raise SystemExit("\n".join([*said, f"training ended with status {status}; its last lines stand above"]))
    return True


def checkpoints(root: Path) -> list[str]:
    """Names of the checkpoints that a killed training left behind."""
    return sorted(path.name for path in (root / ".work").glob("train-*/checkpoint-*"))


def main() -> None:
    """The comparison; its status is 0 if both are the same."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(), help="checkout in which warm-up has run")
    parser.add_argument("--steps", type=int, help="optimizer steps (default: those of params.yaml)")
    parser.add_argument("--kills", type=int, default=5, help="how often the second training dies")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--took", type=float, help="seconds in which nobody disturbed the policy that is there")
    own = parser.parse_args()
    if own.took and own.steps:
        parser.error("the policy of the checkout has learned for the steps of params.yaml; leave one of the two out")
    with tempfile.TemporaryDirectory() as folder:
        straight, seconds = own.root, own.took
        if not seconds:
            straight = copied(own.root, Path(folder) / "straight", own.steps)
            begin = time.perf_counter()
            train(straight)
            seconds = time.perf_counter() - begin
        expected = model_digest(straight / "data" / "models" / "policy")
        print(f"undisturbed        {expected}  {seconds:.0f} s", flush=True)
        killed = copied(own.root, Path(folder) / "killed", own.steps)
        moments = np.random.default_rng(own.seed).uniform(0.05, 0.3, own.kills) * seconds
        for number, moment in enumerate(moments, 1):
            if train(killed, moment):
                raise SystemExit(f"it came to its end before kill {number}; ask for fewer kills")
            print(
                f"kill {number} after {moment:4.0f} s, with {', '.join(checkpoints(killed)) or 'no checkpoint'}",
                flush=True,
            )
        train(killed)
        found = model_digest(killed / "data" / "models" / "policy")
        print(f"killed {own.kills} times     {found}")
        start = model_digest(own.root / "data" / "models" / "warmup")
        print(f"the same: {found == expected}; other than the warm-up: {expected != start}")
    sys.exit(found != expected or expected == start)


if __name__ == "__main__":
    main()
