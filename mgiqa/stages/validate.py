"""Validate: one dataset held to the suite of its catalogue entry; bad rows set aside, each with a reason.

It always ends well, so that its report is versioned; the next stage refuses what did not pass.
"""

from pathlib import Path

from mgiqa.datasets.catalogue import find
from mgiqa.datasets.catalogue.facts import Dataset
from mgiqa.datasets.schema import QUARANTINE, RECORDS, read_table, write_table
from mgiqa.datasets.validate.suite import Limits
from mgiqa.execution.inputs import accept
from mgiqa.records import Check, Summary
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

EXPECTATIONS, QUARANTINED = "Expectations", "Quarantine"


def run(settings: Settings, workspace: Workspace, draft: Path, dataset: str) -> Summary:
    """Writes clean records, ``quarantine.parquet``, ``expectations.json``, ``expectations.md`` and ``data_docs.html``.

    Raises:
        MissingInput: the dataset was not ingested.
        GateRefused: too many of its images are missing.
    """
    raw = accept(workspace, workspace.raw(dataset), f"ingest@{dataset}")
    from mgiqa.datasets.validate.pages import DATA_DOCS, FIRST, write_verdict
    from mgiqa.datasets.validate.suite import build_suite
    from mgiqa.datasets.validate.verdict import validate

    entry, ingested = find(dataset, settings.ingest.datasets.get(dataset)), Summary.read(raw)
    layout, limits = entry.layout(str(ingested.facts["layout"])), _limits(settings, entry)
    verdict = validate(read_table(raw / RECORDS), workspace.root, build_suite(entry, layout, limits), limits)
    write_table(verdict.clean, draft / RECORDS)
    write_table(verdict.quarantine, draft / QUARANTINE)
    write_verdict(verdict, entry.title, draft)
    rows, aside = len(verdict.clean) + len(verdict.quarantine), len(verdict.quarantine)
    return Summary(
        stage="validate",
        facts={
            "dataset": entry.title,
            "source": ingested.facts["source"],
            "layout": layout.name,
            "rows": rows,
            "clean": len(verdict.clean),
            "quarantined": aside,
            "warnings": sum(not finding.passed and finding.severity == "warning" for finding in verdict.findings),
        },
        tables={
            EXPECTATIONS: [
                {
                    "rule": finding.rule,
                    "held": "yes" if finding.passed else "no",
                    "severity": finding.severity,
                    "rows breaking it": finding.unexpected,
                    "first": ", ".join(finding.examples[:FIRST]),
                }
                for finding in verdict.findings
            ],
            QUARANTINED: [
                {"reason": reason, "rows": len(rows), "first": ", ".join(rows[:FIRST])}
                for reason, rows in verdict.reasons().items()
            ],
        },
        checks=(
            _expectations([finding.rule for finding in verdict.findings if finding.blocks], len(verdict.findings)),
            _quarantine(aside, rows, settings.validate_.max_quarantine),
        ),
        pages={"Data Docs": DATA_DOCS},
    )


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


def _expectations(failed: list[str], total: int) -> Check:
    """Blocking expectations are those about the whole table; rows that break one are set aside instead."""
    named = f"{', '.join(failed)} failed" if failed else "none failed"
    return Check("expectations", not failed, f"{named}, of {total} expectations", tables=(EXPECTATIONS,))


def _quarantine(aside: int, rows: int, limit: float) -> Check:
    share = aside / rows if rows else 1.0
    return Check(
        "quarantine",
        rows > aside and share <= limit,
        f"{aside} of {rows} rows set aside ({share:.2%}, limit {limit:.2%})",
        tables=(QUARANTINED,),
    )
