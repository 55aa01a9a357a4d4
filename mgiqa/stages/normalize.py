"""Normalize: all clean records on one scale, split by content, in one manifest."""

import json
from pathlib import Path

import pandas as pd

from mgiqa.datasets.catalogue import find
from mgiqa.datasets.catalogue.facts import Layout
from mgiqa.datasets.manifest import align, alignment_record, ranges, roundtrip_error
from mgiqa.datasets.schema import ALIGNMENT, MANIFEST, RECORDS, SPLITS, read_table, write_table
from mgiqa.datasets.split.assignment import assign_splits, leaking_rows, shares
from mgiqa.errors import DataError
from mgiqa.execution.inputs import accept
from mgiqa.records import Check, Summary
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

_TOLERANCE = 1e-9


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes ``manifest.parquet`` and ``alignment.json``.

    Raises:
        MissingInput: a dataset was not validated.
        GateRefused: a dataset did not pass its validation.
        DataError: an image or content is officially in two splits, or a dataset whose scores compare only inside a
            content is not for test alone.
    """
    layouts: dict[str, Layout] = {}
    tables = []
    for name in sorted(settings.ingest.datasets):
        folder = accept(workspace, workspace.validated(name), f"validate@{name}")
        layouts[name] = find(name, settings.ingest.datasets[name]).layout(str(Summary.read(folder).facts["layout"]))
        tables.append(read_table(folder / RECORDS))
    manifest, maps = align(pd.concat(tables, ignore_index=True), layouts)
    manifest["split"] = assign_splits(manifest, settings.normalize.val, settings.normalize.test, settings.seed)
    _refuse_learning_across_contents(manifest)
    write_table(manifest, draft / MANIFEST)
    record = json.dumps(alignment_record(maps, layouts), indent=2, sort_keys=True)
    (draft / ALIGNMENT).write_text(record + "\n", encoding="utf-8")
    error = roundtrip_error(manifest, maps)
    return Summary(
        stage="normalize",
        facts={
            "datasets": len(layouts),
            "rows": len(manifest),
            "contents": manifest["content"].nunique(),
            **{f"{split} rows": int((manifest["split"] == split).sum()) for split in SPLITS},
        },
        tables={"Splits": shares(manifest), "Scores before and after": ranges(manifest, layouts)},
        checks=(
            _disjoint(manifest),
            Check(
                "scale_invertible",
                error <= _TOLERANCE,
                f"mapped back, scores differ by at most {error:.1e} of a 1-5 point (limit {_TOLERANCE:.0e})",
            ),
        ),
    )


def _refuse_learning_across_contents(manifest: pd.DataFrame) -> None:
    """Training compares images of different contents, and so does the choice of the step that is kept."""
    learned = manifest[manifest["per_content"] & (manifest["split"] != "test")]
    if len(learned):
        raise DataError(
            f"{len(learned)} rows of {', '.join(sorted(learned['dataset'].unique()))} are for training or validation, "
            "but their scores compare only inside a content",
            remedy="Set `split: test` for the dataset in params.yaml.",
        )


def _disjoint(manifest: pd.DataFrame) -> Check:
    leaks = {column: len(leaking_rows(manifest, column)) for column in ("content", "sha256")}
    return Check(
        "splits_disjoint",
        not any(leaks.values()),
        f"{leaks['content']} rows share a content, and {leaks['sha256']} a file, with another split "
        f"(of {len(manifest)})",
    )
