"""What people look at in Dagster: the ``summary.json`` of a stage's output as metadata and check results.

It is read from the output, not from the run, so a stage that DVC restored shows the same as one that ran.
"""

import base64
import math
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
OUTPUTS = "/outputs"
"""Below this address the page of Dagster shows what stages wrote (``orchestration.page``)."""
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml"}


def read_summary(folder: Path) -> Summary | None:
    """The summary in a stage's output; None if the stage wrote none."""
    return Summary.read(folder) if (folder / SUMMARY).is_file() else None


def describe_summary(summary: Summary | None, folder: Path, root: Path) -> dict[str, dg.MetadataValue]:
    """Facts, tables and pictures of a summary; links to its pages, and to those of MLflow about its model.

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
    below = folder.relative_to(workspace.data).as_posix() if summary.pages else ""
    shown |= {title: dg.MetadataValue.url(f"{OUTPUTS}/{below}/{file}") for title, file in summary.pages.items()}
    known = read_pages(workspace, str(summary.facts.get("digest", "")))
    return shown | {name: mlflow_page(root, address) for name, address in known.items()}


def mlflow_page(root: Path, address: str) -> dg.MetadataValue:
    """A link to a page of MLflow, from its address relative to MLflow's own."""
    return dg.MetadataValue.url(f"{server.page_address(read_settings(Workspace(root).params)).rstrip('/')}/{address}")


def provenance(outcome: str, data_version: str, folder: Path) -> Mapping[str, dg.MetadataValue]:
    """How an output came to be, its DVC hash and where it lies."""
    return {
        "outcome": dg.MetadataValue.text(outcome),
        "DVC hash": dg.MetadataValue.text(data_version),
        "output": dg.MetadataValue.path(str(folder)),
    }


def describe_decision(decision: Mapping[str, Any], root: Path) -> dict[str, dg.MetadataValue]:
    """What the gate decided, and who is champion: numbers and names, reasons as a list, the page of the version as a
    link. What is empty is left out.
    """
    shown: dict[str, dg.MetadataValue] = {}
    for name, value in decision.items():
        if value in ("", [], {}, None):
            continue
        if name == "page":
            shown["MLflow version"] = mlflow_page(root, str(value))
        elif isinstance(value, list):
            shown[name] = dg.MetadataValue.md("\n".join(f"* {item}" for item in value))
        elif isinstance(value, dict):
            shown[name] = dg.MetadataValue.json(_all_rounded(value))
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


def evidence(check: Check, summary: Summary | None) -> dict[str, dg.MetadataValue]:
    """The tables that a check rests on: reasons, and the first rows that gave them."""
    tables = summary.tables if summary else {}
    return {title: dg.MetadataValue.md(markdown_table(tables[title])) for title in check.tables if title in tables}


def markdown_table(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table; a missing value is a dash, a fraction is rounded."""
    if not rows:
        return "*empty*"
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([_cell(row.get(column)) for column in columns] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return rounded(value) if isinstance(value, float) else str(value).replace("|", "\\|").replace("\n", " ")


def rounded(value: float) -> str:
    """A fraction as people read it: three decimals, and of a small one three digits."""
    return f"{value:.3f}" if value == 0 or abs(value) >= 0.1 or not math.isfinite(value) else f"{value:.3g}"


def _all_rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _all_rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_all_rounded(item) for item in value]
    return float(rounded(value)) if isinstance(value, float) else value


def _value(value: int | float | str | None) -> dg.MetadataValue:
    if isinstance(value, float):
        return dg.MetadataValue.float(float(rounded(value)))
    if isinstance(value, int):
        return dg.MetadataValue.int(value)
    return dg.MetadataValue.text("–" if value is None else value)


def _picture(title: str, path: Path) -> dg.MetadataValue:
    media_type = MEDIA_TYPES.get(path.suffix)
    if media_type is None or not path.is_file() or path.stat().st_size > LARGEST_PLOT:
        return dg.MetadataValue.path(str(path))
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return dg.MetadataValue.md(f"![{title}](data:{media_type};base64,{data})")
