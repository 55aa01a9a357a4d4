"""Labels and files → records: one row per labelled image."""

from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.datasets.catalogue.facts import Layout
from mgiqa.datasets.ingest.files import IngestedFile
from mgiqa.datasets.read.labels import Labels
from mgiqa.datasets.schema import order_columns


def make_records(labels: Labels, taken: list[IngestedFile | None], folder: Path) -> pd.DataFrame:
    """Joins labels with their files.

    Args:
        labels: the labels, in order.
        taken: the file of each, ``None`` where it is missing; its path, hash and size are then missing too.
        folder: what the paths of records begin with, relative to the workspace.

    Returns:
        The records, sorted by ``image_id``.
    """
    files = [
        ((folder / file.path).as_posix(), file.sha256, file.width, file.height) if file else (None,) * 4
        for file in taken
    ]
    table = labels.table.drop(columns="images")
    table[["path", "sha256", "width", "height"]] = pd.DataFrame(files, dtype=object).to_numpy()
    return order_columns(table).sort_values("image_id", kind="stable", ignore_index=True)


def record_counts(table: pd.DataFrame, layout: Layout) -> list[dict[str, Any]]:
    """One row per score: what it means, and what was found."""
    return [
        {
            "score": score.name,
            "for": score.key,
            "rows": int(table[score.mos].notna().sum()),
            "scale": score.scale,
            "min": _number(table[score.mos].min()),
            "mean": _number(table[score.mos].mean()),
            "max": _number(table[score.mos].max()),
            "std": _number(table[score.deviation].mean()),
        }
        for score in layout.scores
    ]


def _number(value: float) -> float | None:
    """A finite number rounded to what a reader can use, or ``None`` where there was nothing to compute it from."""
    return None if pd.isna(value) else round(float(value), 6)
