"""Which images a model learned from, which chose among its steps, and which it never saw: the splits of its manifest,
kept beside its weights, since the manifest in the checkout moves on.
"""

import hashlib
from pathlib import Path

import pandas as pd

from mgiqa.datasets.schema import read_table, write_table
from mgiqa.errors import MissingInput

SPLITS_FILE = "splits.parquet"
SPLIT_COLUMNS = ["split", "dataset", "content", "sha256"]


def write_splits(manifest: pd.DataFrame, folder: Path) -> None:
    """Writes ``splits.parquet``: one row per image, with ``split, dataset, content`` and ``sha256``."""
    write_table(
        manifest[SPLIT_COLUMNS].sort_values(["dataset", "content", "sha256"], ignore_index=True), folder / SPLITS_FILE
    )


def splits_digest(folder: Path) -> str:
    """SHA-256 of ``splits.parquet``: equal for models that were made with the same images in the same splits."""
    return hashlib.sha256((folder / SPLITS_FILE).read_bytes()).hexdigest()


def read_splits(folder: Path) -> pd.DataFrame:
    """Reads what ``write_splits`` wrote.

    Raises:
        MissingInput: the model was made before splits were kept with it.
    """
    path = folder / SPLITS_FILE
    if not path.is_file():
        raise MissingInput(
            f"{path} is not there, so it is unknown what the model learned from", remedy="Train again: dvc repro train"
        )
    return read_table(path)
