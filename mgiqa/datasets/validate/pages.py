"""A verdict as files that hold no time: ``expectations.json`` for programs, ``expectations.md`` for a terminal, and
Data Docs for a browser.

Great Expectations' own Data Docs load styles, scripts and a picture from the network, tell when and under which random
ids they were made, and put what stands in a table into the page unescaped. So the page is ours, and the sentence about
each expectation is theirs.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from mgiqa.datasets.validate.findings import Finding, Verdict

DATA_DOCS = "data_docs.html"
FIRST = 3
"""Ids of rows that a line shows."""
TABLE = "The whole table"
"""Heading of the expectations that look at no column."""


def write_verdict(verdict: Verdict, title: str, folder: Path) -> None:
    """Writes ``expectations.json``, ``expectations.md`` and ``data_docs.html``."""
    content = [asdict(finding) for finding in verdict.findings]
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "expectations.json").write_text(text + "\n", encoding="utf-8")
    (folder / "expectations.md").write_text(_text(verdict, title), encoding="utf-8")
    (folder / DATA_DOCS).write_text(_data_docs(verdict, title), encoding="utf-8")


def _data_docs(verdict: Verdict, title: str) -> str:
    source = files(__package__).joinpath("data_docs.html.j2").read_text(encoding="utf-8")
    pages = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return pages.from_string(source).render(
        title=title,
        clean=len(verdict.clean),
        aside=len(verdict.quarantine),
        reasons=verdict.reasons(),
        first=FIRST,
        findings=verdict.findings,
        sections=_by_column(verdict.findings),
    )


def _by_column(findings: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    """Column → its expectations, first those about the whole table, then by name."""
    sections: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.column):
        sections.setdefault(finding.column or TABLE, []).append(finding)
    return sections


def _text(verdict: Verdict, title: str) -> str:
    clean, aside = len(verdict.clean), len(verdict.quarantine)
    lines = [f"# {title}", "", f"{clean + aside} rows: {clean} clean, {aside} in quarantine.", ""]
    if aside:
        lines += ["## Quarantine", "", "| rows | reason |", "|---:|---|"]
        lines += [f"| {len(rows)} | {reason} |" for reason, rows in verdict.reasons().items()]
        lines += ["", "The rows are in `quarantine.parquet`, each with its reasons.", ""]
    lines += ["## Expectations", "", "| outcome | rule | column | broken by | examples |", "|---|---|---|---:|---|"]
    lines += [_line(finding) for finding in verdict.findings]
    return "\n".join(lines) + "\n"


def _line(finding: Finding) -> str:
    examples = ", ".join(finding.examples[:FIRST])
    return f"| {finding.outcome} | {finding.rule} | {finding.column} | {finding.broken_by} | {examples} |"
