"""The tables that pass from stage to stage: their columns, and how they are written and read.

A **record** is one labelled image, scores in the dataset's declared scale. The **manifest** is the union of all
records, scores on the common 1-5 scale. Missing scores are NaN; a missing text is ``None`` (``split``: ``""``).
"""

from pathlib import Path

import pandas as pd

from mgiqa.attributes import KEYS
from mgiqa.columns import mos_column, std_column

RECORDS = "records.parquet"
QUARANTINE = "quarantine.parquet"
MANIFEST = "manifest.parquet"
ALIGNMENT = "alignment.json"

IDENTITY = ["image_id", "dataset", "family", "content", "split", "path", "sha256", "width", "height", "prompt"]
_SCORES = [column(key) for key in KEYS for column in (mos_column, std_column)]
RECORD_COLUMNS = IDENTITY + _SCORES
SPLITS = ("train", "val", "test")


def order_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Puts the columns of records in their order: identity, our attributes, then what the dataset has besides."""
    besides = [column for column in table.columns if column not in RECORD_COLUMNS]
    ordered = table.reindex(columns=RECORD_COLUMNS + besides)
    ordered[_SCORES] = ordered[_SCORES].astype(float)
    return ordered.astype({"width": "Int32", "height": "Int32"})


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Writes parquet; equal tables give equal bytes."""
    table.to_parquet(path, index=False)


def read_table(path: Path) -> pd.DataFrame:
    """Reads what ``write_table`` wrote."""
    return pd.read_parquet(path)


def read_manifest(path: Path) -> pd.DataFrame:
    """Reads ``manifest.parquet``.

    Columns: ``image_id, dataset, family, content, split`` (train, val, test), ``path`` (relative to the workspace),
    ``sha256, width, height, prompt``; per attribute key ``mos_<key>`` and ``std_<key>`` on the common scale (1 to 5,
    higher is better) and ``raw_<key>``, ``raw_std_<key>`` in the declared scale; NaN where there is no label;
    ``target_<key>``, ``soft`` or ``hard``, how two images are compared, ``None`` where the dataset does not rate the
    attribute; and ``per_content``, whether scores compare only inside a content. Stages from here on know datasets by
    these columns alone, whether the catalogue has them or not.
    """
    return read_table(path)
