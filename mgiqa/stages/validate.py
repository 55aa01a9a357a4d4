"""Validate: one dataset held to the suite of its catalogue entry; bad rows set aside, each with a reason.

It always ends well, so that its report is versioned; the next stage refuses what did not pass.
"""

from pathlib import Path

from mgiqa.datasets.catalogue import find
from mgiqa.datasets.catalogue.facts import Dataset
from mgiqa.datasets.schema import QUARANTINE, RECORDS, read_table, write_table
from mgiqa.datasets.validate.pages import write_verdict
from mgiqa.datasets.validate.suite import Limits, build_suite
from mgiqa.datasets.validate.summary import validation_summary
from mgiqa.datasets.validate.verdict import validate
from mgiqa.execution.inputs import accept
from mgiqa.records import Summary
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace


def run(settings: Settings, workspace: Workspace, draft: Path, dataset: str) -> Summary:
    """Writes clean records, ``quarantine.parquet``, ``expectations.json``, ``expectations.md`` and ``data_docs.html``.

    Raises:
        MissingInput: the dataset was not ingested.
        GateRefused: too many of its images are missing.
    """
    raw = accept(workspace, workspace.raw(dataset), f"ingest@{dataset}")
    entry, ingested = find(dataset, settings.ingest.datasets.get(dataset)), Summary.read(raw)
    layout, limits = entry.layout(str(ingested.facts["layout"])), _limits(settings, entry)
    verdict = validate(read_table(raw / RECORDS), workspace.root, build_suite(entry, layout, limits), limits)
    write_table(verdict.clean, draft / RECORDS)
    write_table(verdict.quarantine, draft / QUARANTINE)
    write_verdict(verdict, entry.title, draft)
    return validation_summary(entry, layout, ingested.facts["source"], verdict, settings.validate_.max_quarantine)


def _limits(settings: Settings, entry: Dataset) -> Limits:
    """Row counts are exact for the sample, whose size is a setting, and expected for an official download."""
    source = settings.ingest.datasets[entry.name]
    sample = source.source == "sample"
    size = settings.sample.contents * settings.sample.versions if sample else entry.rows or None
    return Limits(
        rows=None if source.partial or source.everything else size,
        strict_rows=sample,
        max_pixels=settings.validate_.max_pixels,
        min_side=settings.validate_.min_side,
    )
