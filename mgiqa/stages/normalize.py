"""Normalize: all clean records on one scale, split by content, in one manifest."""

import json
from pathlib import Path

import pandas as pd

from mgiqa.datasets.catalogue import find
from mgiqa.datasets.catalogue.facts import Layout
from mgiqa.datasets.manifest import align, alignment_record
from mgiqa.datasets.normalization import normalization_summary, refuse_learning_across_contents
from mgiqa.datasets.schema import ALIGNMENT, MANIFEST, RECORDS, read_table, write_table
from mgiqa.datasets.split.assignment import assign_splits
from mgiqa.execution.inputs import accept
from mgiqa.records import Summary
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace


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
    refuse_learning_across_contents(manifest)
    write_table(manifest, draft / MANIFEST)
    record = json.dumps(alignment_record(maps, layouts), indent=2, sort_keys=True)
    (draft / ALIGNMENT).write_text(record + "\n", encoding="utf-8")
    return normalization_summary(manifest, maps, layouts)
