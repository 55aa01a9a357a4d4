"""What is told of a validation: how many rows are clean, what every expectation found, and why rows are set aside."""

from mgiqa.datasets.catalogue.facts import Dataset, Layout
from mgiqa.datasets.validate.findings import Verdict
from mgiqa.datasets.validate.pages import DATA_DOCS, FIRST
from mgiqa.records import Check, Summary

EXPECTATIONS, QUARANTINED = "Expectations", "Quarantine"


def validation_summary(
    entry: Dataset, layout: Layout, source: int | float | str | None, verdict: Verdict, max_quarantine: float
) -> Summary:
    """Of the stage ``validate``.

    Args:
        entry: facts of the dataset.
        layout: of its labels.
        source: what ``ingest`` says of where it came from.
        verdict: what came of its suite.
        max_quarantine: share of rows that may be set aside.
    """
    aside = len(verdict.quarantine)
    rows = len(verdict.clean) + aside
    return Summary(
        stage="validate",
        facts={
            "dataset": entry.title,
            "source": source,
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
                {"reason": reason, "rows": len(ids), "first": ", ".join(ids[:FIRST])}
                for reason, ids in verdict.reasons().items()
            ],
        },
        checks=(
            _expectations([finding.rule for finding in verdict.findings if finding.blocks], len(verdict.findings)),
            _quarantine(aside, rows, max_quarantine),
        ),
        pages={"Data Docs": DATA_DOCS},
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
