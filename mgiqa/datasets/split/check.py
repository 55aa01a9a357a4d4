"""Proof that splits are disjoint: by content, by file, and, as a warning, by look."""

from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.datasets.catalogue.facts import Dataset
from mgiqa.datasets.read.labels import read_labels
from mgiqa.datasets.schema import SPLITS, read_manifest
from mgiqa.datasets.split.assignment import assign_splits
from mgiqa.datasets.split.near_duplicates import near_duplicates
from mgiqa.datasets.split.public import leaks, with_split
from mgiqa.errors import DataError
from mgiqa.settings.data import Normalize, Source
from mgiqa.workspace import Workspace


def check_manifest(workspace: Workspace, dataset: str | None, *, near: bool) -> dict[str, Any]:
    """Checks the splits that training and evaluation use.

    Args:
        workspace: with a manifest.
        dataset: only this one; all by default.
        near: also compare what images look like.

    Returns:
        Rows and contents per split, rows that leak, whether splits are disjoint, pairs that look alike; all JSON.
    """
    manifest = read_manifest(workspace.need(workspace.manifest, "normalize"))
    rows = manifest if dataset is None else manifest[manifest["dataset"] == find_dataset(manifest, dataset)]
    pairs = near_duplicates(rows.reset_index(drop=True), workspace.root) if near else []
    return {**_verdict(rows), "warnings": [f"{a} and {b} look alike, but are in two splits." for a, b in pairs]}


def find_dataset(manifest: pd.DataFrame, dataset: str) -> str:
    """The name itself, if the manifest has it.

    Raises:
        DataError: it has not.
    """
    if dataset not in set(manifest["dataset"]):
        has = ", ".join(sorted(set(manifest["dataset"])))
        raise DataError(f"the manifest has no dataset {dataset!r}; it has {has}", remedy="Add it to params.yaml.")
    return dataset


def check_labels(entry: Dataset, root: Path, split: str, lists: str) -> dict[str, Any]:
    """Checks a split of labels alone: a public one by name, or the dataset's rule with the default shares.

    Rows whose content or split cannot be told are left out, as validation does.

    Raises:
        SettingsError: the split is not known.
        DataError: its labels or lists are not there.
    """
    shares = Normalize()
    labels = read_labels(entry, root).table
    labels = labels[labels["content"].notna() & labels["split"].isin(["", *SPLITS])]
    labels = with_split(labels, entry, Source(split=split, split_lists=lists), Path())
    if not split or split == "content":
        labels = labels.assign(split=assign_splits(labels.assign(sha256=None), shares.val, shares.test, seed=0))
    return _verdict(labels)


def _verdict(rows: pd.DataFrame) -> dict[str, Any]:
    leaking = leaks(rows)
    counts = {split: rows[rows["split"] == split] for split in (*SPLITS, "")}
    return {
        "disjoint": not any(leaking.values()),
        "splits": {
            split or "none": {"rows": len(part), "contents": int(part["content"].nunique())}
            for split, part in counts.items()
            if split or len(part)
        },
        "leaking_rows": leaking,
    }
