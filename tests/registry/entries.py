"""Made-up models for the gate, with scores for thirty images whose human scores rise evenly."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from mgiqa.datasets.split.files import SPLIT_COLUMNS
from mgiqa.models.digest import model_digest
from mgiqa.registry.kept import keep_predictions, keep_splits
from mgiqa.registry.models import CHAMPION, find_alias
from mgiqa.registry.registration import Description, register
from mgiqa.registry.run import Run
from mgiqa.registry.store import Store
from mgiqa.settings import Settings
from mgiqa.settings.release import Promote
from mgiqa.workspace import Workspace

NAME = "mgiqa"
Submit = Callable[..., int]
"""Bytes of a model, how wrong it is, test images it learned from → the number of its version."""

IMAGES = 30
HUMAN = [1 + 4 * number / IMAGES for number in range(IMAGES)]
GOOD, BETTER, WORSE = 0.6, 0.1, 3.0
"""By how much scores differ from human ones, alternating above and below."""
SETTINGS = Settings(promote=Promote(resamples=200))
"""Those of the gate's tests: enough resamples to tell such models apart."""


def score_table(wrong: float, images: int = IMAGES) -> pd.DataFrame:
    """Scores of a model for the first images."""
    scores = [mos + wrong * (-1) ** number * (number % 3) for number, mos in enumerate(HUMAN)]
    table = pd.DataFrame({
        "image_id": [f"spaq/{number}" for number in range(IMAGES)],
        "sha256": [f"{number:064x}" for number in range(IMAGES)],
        "path": [f"data/raw/spaq/{number}.png" for number in range(IMAGES)],
        "dataset": "spaq", "content": [f"spaq/{number}" for number in range(IMAGES)], "per_content": False,
        "mos": HUMAN, "score": scores,
    })  # fmt: skip
    return table.head(images)


def splits(learned: Sequence[int] = ()) -> pd.DataFrame:
    """Those of a model that learned from the test images of the given numbers, besides images of its own."""
    table = pd.concat([score_table(0), score_table(0).replace(r"^spaq/", "spaq/other ", regex=True)])
    table["split"] = ["train" if number in learned else "test" for number in range(IMAGES)] + ["train"] * IMAGES
    table["sha256"] = [f"{number:064x}" for number in range(2 * IMAGES)]
    return table[SPLIT_COLUMNS]


def enter(workspace: Workspace, store: Store, content: str, wrong: float, learned: Sequence[int] = ()) -> int:
    """Registers a policy of the given bytes that scores the test images as ``wrong`` as told; returns its number."""
    run = Run(store, store.client.create_run(store.experiment_id).info.run_id)
    with tempfile.TemporaryDirectory() as temporary:
        policy = Path(temporary)
        for name, text in (("config.json", "{}"), ("model.safetensors", content), ("summary.json", "{}")):
            (policy / name).write_text(text)
        version = register(
            workspace, run, policy, model_digest(policy), NAME, Description({"srcc": "0.7"}, "A card", "A purpose")
        )
    keep_predictions(store, version, score_table(wrong))
    keep_splits(store, version, splits(learned))
    return version.number


def champion_number(store: Store) -> int | None:
    """Number of the version that carries the alias champion."""
    version = find_alias(store, NAME, CHAMPION)
    return version.number if version else None
