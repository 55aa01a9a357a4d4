"""A verdict as files: ``expectations.json`` for programs, ``expectations.md`` for people; neither holds a time."""

import json
from dataclasses import asdict
from pathlib import Path

from mgiqa.datasets.validation import Finding, Verdict


def write_verdict(verdict: Verdict, title: str, folder: Path) -> None:
    """Writes ``expectations.json`` and ``expectations.md``."""
    content = [asdict(finding) for finding in verdict.findings]
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "expectations.json").write_text(text + "\n", encoding="utf-8")
    (folder / "expectations.md").write_text(_page(verdict, title), encoding="utf-8")


def _page(verdict: Verdict, title: str) -> str:
    clean, aside = len(verdict.clean), len(verdict.quarantine)
    lines = [f"# {title}", "", f"{clean + aside} rows: {clean} clean, {aside} in quarantine.", ""]
    if aside:
        lines += ["## Quarantine", "", "| rows | reason |", "|---:|---|"]
        lines += [f"| {count} | {reason} |" for reason, count in verdict.reasons().items()]
        lines += ["", "The rows are in `quarantine.parquet`, each with its reasons.", ""]
    lines += ["## Expectations", "", "| outcome | rule | column | broken by | examples |", "|---|---|---|---:|---|"]
    lines += [_line(finding) for finding in verdict.findings]
    return "\n".join(lines) + "\n"


def _line(finding: Finding) -> str:
    outcome = "held" if finding.passed else "rows set aside" if finding.about_rows else finding.severity.upper()
    broken = str(finding.unexpected) if finding.unexpected else finding.observed if not finding.passed else ""
    return f"| {outcome} | {finding.rule} | {finding.column} | {broken} | {', '.join(finding.examples[:3])} |"
