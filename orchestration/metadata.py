"""What people look at in Dagster: the ``summary.json`` of a stage's output as metadata and check results.

It is read from the output, not from the run, so a stage that DVC restored shows the same as one that ran.
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from mgiqa.pipeline import STAGES
from mgiqa.records import SUMMARY, Check, Summary
from mgiqa.registry import server
from mgiqa.registry.pages import read_pages
from mgiqa.settings import read_settings
from mgiqa.workspace import Workspace

LARGEST_PLOT = 400_000
"""Bytes; a larger picture is named, not shown, since every event is stored with the pictures in it."""
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml"}


def read_summary(folder: Path) -> Summary | None:
    """The summary in a stage's output; None if the stage wrote none."""
    return Summary.read(folder) if (folder / SUMMARY).is_file() else None


def describe_summary(summary: Summary | None, folder: Path, root: Path) -> dict[str, dg.MetadataValue]:
    """Facts, tables and pictures of a summary, and where MLflow shows the model that it is about.

    Args:
        summary: what the stage says of its output.
        folder: the output, which pictures are relative to.
        root: folder of ``params.yaml``, which says where MLflow is.
    """
    if summary is None:
        return {}
    shown: dict[str, dg.MetadataValue] = {name: _value(value) for name, value in summary.facts.items()}
    shown |= {title: dg.MetadataValue.md(markdown_table(rows)) for title, rows in summary.tables.items()}
    shown |= {title: _picture(title, folder / file) for title, file in summary.plots.items()}
    workspace = Workspace(root)
    pages = read_pages(workspace, str(summary.facts.get("digest", "")))
    page = server.page_address(read_settings(workspace.params)).rstrip("/") if pages else ""
    return shown | {name: dg.MetadataValue.url(f"{page}/{address}") for name, address in pages.items()}


def provenance(outcome: str, data_version: str, folder: Path) -> Mapping[str, dg.MetadataValue]:
    """How an output came to be, its DVC hash and where it lies."""
    return {
        "outcome": dg.MetadataValue.text(outcome),
        "DVC hash": dg.MetadataValue.text(data_version),
        "output": dg.MetadataValue.path(str(folder)),
    }


def describe_decision(decision: Mapping[str, Any]) -> dict[str, dg.MetadataValue]:
    """What the gate decided: numbers and names as they are, reasons as a list, comparisons as a table."""
    shown: dict[str, dg.MetadataValue] = {}
    for name, value in decision.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            shown[name] = dg.MetadataValue.md(markdown_table(value))
        elif isinstance(value, list):
            shown[name] = dg.MetadataValue.md("\n".join(f"* {item}" for item in value) or "*none*")
        elif isinstance(value, dict):
            shown[name] = dg.MetadataValue.json(value)
        else:
            shown[name] = _value(value)
    return shown


def check_specs(verb: str, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The checks that a stage answers, known before it runs; all of them block what comes next."""
    checks = STAGES[verb].checks if verb in STAGES else {}
    return [
        dg.AssetCheckSpec(name, asset=key, description=description, blocking=True)
        for name, description in checks.items()
    ]


def answers(verb: str, summary: Summary | None) -> list[Check]:
    """What a summary says of each check of its stage; a check that it does not answer has not passed."""
    given = {check.name: check for check in summary.checks} if summary else {}
    names = STAGES[verb].checks if verb in STAGES else ()
    return [given.get(name, Check(name, False, "The stage did not answer this check.")) for name in names]


def severity(check: Check) -> dg.AssetCheckSeverity:
    """An error stops what comes next, a warning does not."""
    return dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN


def markdown_table(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table; a missing value is a dash, a fraction has three decimals."""
    if not rows:
        return "*empty*"
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([_cell(row.get(column)) for column in columns] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value).replace("|", "\\|").replace("\n", " ")


def _value(value: int | float | str | None) -> dg.MetadataValue:
    if isinstance(value, float):
        return dg.MetadataValue.float(value)
    if isinstance(value, int):
        return dg.MetadataValue.int(value)
    return dg.MetadataValue.text("–" if value is None else value)


def _picture(title: str, path: Path) -> dg.MetadataValue:
    media_type = MEDIA_TYPES.get(path.suffix)
    if media_type is None or not path.is_file() or path.stat().st_size > LARGEST_PLOT:
        return dg.MetadataValue.path(str(path))
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return dg.MetadataValue.md(f"![{title}](data:{media_type};base64,{data})")
