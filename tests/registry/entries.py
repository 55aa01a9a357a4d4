"""Made-up scores for the gate: thirty images whose human scores rise evenly."""

from collections.abc import Callable

import pandas as pd

NAME = "mgiqa"
Submit = Callable[[str, float], int]
"""Bytes of a model, how wrong it is → the number of its version."""

IMAGES = 30
HUMAN = [1 + 4 * number / IMAGES for number in range(IMAGES)]
GOOD, BETTER, WORSE = 0.6, 0.1, 3.0
"""By how much scores differ from human ones, alternating above and below."""


def entry(wrong: float, images: int = IMAGES) -> pd.DataFrame:
    """Scores of a model for the first images."""
    scores = [mos + wrong * (-1) ** number * (number % 3) for number, mos in enumerate(HUMAN)]
    table = pd.DataFrame({
        "image_id": [f"spaq/{number}" for number in range(IMAGES)],
        "sha256": [f"{number:064x}" for number in range(IMAGES)],
        "path": [f"data/raw/spaq/{number}.png" for number in range(IMAGES)],
        "dataset": "spaq", "content": [f"spaq/{number}" for number in range(IMAGES)], "mos": HUMAN, "score": scores,
    })  # fmt: skip
    return table.head(images)
