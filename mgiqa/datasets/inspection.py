"""A look at a dataset before it is used: what its files say, and what validation would think of it."""

from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.datasets.catalogue.facts import Dataset, ScoreColumn
from mgiqa.datasets.ingest.files import measure_file
from mgiqa.datasets.ingest.records import make_records
from mgiqa.datasets.read.labels import Labels, read_labels
from mgiqa.datasets.read.locate import Locator
from mgiqa.datasets.schema import SPLITS
from mgiqa.datasets.split.assignment import assign_splits
from mgiqa.datasets.validate.suite import Limits
from mgiqa.parallel import in_parallel
from mgiqa.progress import watched
from mgiqa.settings.data import Normalize


def inspect_dataset(entry: Dataset, folder: Path, *, labels_only: bool, everything: bool = False) -> dict[str, Any]:
    """Reads a dataset where it lies, without copying anything.

    Args:
        entry: its facts.
        folder: where it was unpacked.
        labels_only: leave the images alone.
        everything: also take the rows that the usual protocol leaves out.

    Returns:
        Name, layout, counts, range, direction, statistics of scores, splits (seeded with the default settings where
        there is no official one), rows that validation would set aside, and warnings; all of it JSON.

    Raises:
        DataError: the labels are not there, or not as they must be.
    """
    from mgiqa.datasets.validate.suite import build_suite
    from mgiqa.datasets.validate.verdict import validate

    labels = read_labels(entry, folder, everything=everything)
    records, respelled = _records(labels, labels_only)
    limits = Limits(rows=None if everything else entry.rows or None, images=not labels_only)
    verdict = validate(records, labels.root, build_suite(entry, labels.layout, limits), limits)
    warned = [f for f in verdict.findings if not f.passed and f.severity == "warning"]
    table, overall = labels.table, labels.layout.overall
    return {
        "name": entry.name,
        "title": entry.title,
        "layout": labels.layout.name,
        "rows": len(table),
        "contents": int(table["content"].nunique()),
        "domain": entry.family,
        "range": [overall.low, overall.high],
        "direction": overall.direction,
        "mos": _statistics(table[overall.mos], "min", "max", "mean"),
        "std": _deviation(table, overall),
        "target": overall.target,
        "attributes": {score.name: _attribute(table, score) for score in labels.layout.scores if score != overall},
        "splits": _splits(verdict.clean),
        "split_rule": entry.split_rule,
        "quarantined": len(verdict.quarantine),
        "quarantine": {reason: len(rows) for reason, rows in verdict.reasons().items()},
        "warnings": [*_about_labels(entry, labels, respelled), *(_sentence(finding) for finding in warned)],
    }


def _records(labels: Labels, labels_only: bool) -> tuple[pd.DataFrame, int]:
    """Records whose paths start from the labels' folder, and how many files have another case."""
    if labels_only:
        return make_records(labels, [None] * len(labels.table), Path()), 0
    locator = Locator(labels.root)
    paths = [locator.find(images) for images in labels.table["images"]]
    results = in_parallel(lambda path: measure_file(labels.root, path) if path else None, paths)
    taken = list(watched(results, "measuring images", len(paths)))
    return make_records(labels, taken, Path()), locator.respelled


def _statistics(values: pd.Series, *names: str) -> dict[str, float | None]:
    return {name: None if values.isna().all() else float(getattr(values, name)()) for name in names}


def _deviation(table: pd.DataFrame, score: ScoreColumn) -> dict[str, Any]:
    values = table[score.deviation]
    available = bool(values.notna().any())
    return {
        "available": available,
        **_statistics(values, "min", "max"),
        "source": score.std.source if score.std else "",
    }


def _attribute(table: pd.DataFrame, score: ScoreColumn) -> dict[str, Any]:
    return {
        "rows": int(table[score.mos].notna().sum()),
        **_statistics(table[score.mos], "min", "max"),
        "std_available": bool(table[score.deviation].notna().any()),
        "range": [score.low, score.high],
        "direction": score.direction,
        "attribute": score.key,
    }


def _splits(clean: pd.DataFrame) -> dict[str, int]:
    shares = Normalize()
    assigned = assign_splits(clean, shares.val, shares.test, seed=0)
    return {split: int((assigned == split).sum()) for split in SPLITS}


def _about_labels(entry: Dataset, labels: Labels, respelled: int) -> list[str]:
    warnings = []
    if labels.left_out and labels.layout.left_out:
        warnings.append(f"{labels.left_out} rows are left out by the usual protocol: {labels.layout.left_out.reason}.")
    if respelled:
        files = "1 file was" if respelled == 1 else f"{respelled} files were"
        warnings.append(f"{files} found under another upper or lower case than the labels say.")
    if labels.layout is not entry.layouts[0]:
        warnings.append(f"The labels are those of {labels.layout.name!r}, not of {entry.layouts[0].name!r}.")
    if labels.layout.per_content:
        warnings.append("Scores compare within a content only.")
    return warnings


def _sentence(finding: Any) -> str:
    if finding.unexpected:
        return f"{finding.unexpected} rows break the expectation {finding.rule}, first {finding.examples[0]}."
    return f"The expectation {finding.rule} does not hold: {finding.observed} found."
