"""A catalogue entry as plain values, for people and programs."""

from typing import Any

from mgiqa.datasets.catalogue.facts import Dataset, Layout, ScoreColumn, Table
from mgiqa.datasets.split.public import public_splits


def dataset_card(entry: Dataset) -> dict[str, Any]:
    """All that the catalogue states of one dataset, as JSON."""
    return {
        "name": entry.name,
        "title": entry.title,
        "domain": entry.family,
        "rows": entry.rows,
        "contents": entry.contents or None,
        "content": entry.content_rule,
        "split": entry.split_rule,
        "public_splits": {split.name: split.source for split in public_splits(entry.name).values()},
        "layouts": {layout.name: _layout(layout) for layout in entry.layouts},
        "licence": entry.licence,
        "citation": entry.citation,
        "home": entry.home,
        "notes": list(entry.notes),
    }


def _layout(layout: Layout) -> dict[str, Any]:
    return {
        "labels": [_table(table) for table in layout.tables if table.paths],
        "images": list(layout.images),
        "per_content": layout.per_content,
        "left_out": f"{layout.left_out.reason}" if layout.left_out else None,
        "scores": {score.name: _score(score) for score in layout.scores},
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "file": " or ".join(table.paths),
        "sheet": table.sheet or None,
        "columns": [*map(str, table.columns.values()), *(f"{beginning}…" for beginning in table.series.values())],
        "optional": table.optional,
    }


def _score(score: ScoreColumn) -> dict[str, Any]:
    return {
        "attribute": score.key,
        "range": [score.low, score.high],
        "direction": score.direction,
        "std": score.std.source if score.std else None,
        "target": score.target,
        "why": score.why,
    }
