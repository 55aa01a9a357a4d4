"""A training in a process of its own, to be killed: ``python -m tests.training.learner FOLDER OUTPUT [STEP]``.

What it writes at the end is the state of its last step, whichever step is kept.
"""

import os
import signal
import sys
from pathlib import Path

from mgiqa.models.loading import load_model
from mgiqa.settings.train import Train
from mgiqa.training.policy import learn_to_rank
from tests.training.conftest import SOFT, make_material

SETTINGS = Train(
    steps=6, images=8, answers=4, least=4, validate_every=2, max_tokens=24, learning_rate=1e-3, averaging=0.5
)  # fmt: skip


def learn(folder: Path, output: Path, kill_at: int) -> None:
    """Trains in ``folder``, or goes on there; with ``kill_at`` it dies when that step is logged."""

    def die(figures: object, step: int) -> None:
        if step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    images = folder / "images"
    images.mkdir(exist_ok=True)
    ranked = learn_to_rank(
        load_model(folder / "model", "cpu"),
        make_material(images, 12, 0),
        make_material(images, 6, 1),
        SOFT,
        SETTINGS,
        seed=0,
        work=folder / "work",
        source=folder / "model",
        advance=die,
    )
    last = folder / "work" / f"checkpoint-{SETTINGS.steps}"
    parts = [last / "model.safetensors", last / "average" / "mean.safetensors", last / "reward" / "running.json"]
    output.write_bytes(b"".join(path.read_bytes() for path in parts) + str(ranked.best).encode())


if __name__ == "__main__":
    learn(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else -1)
