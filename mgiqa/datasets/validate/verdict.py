"""Holding a dataset to its suite: what Great Expectations found, and which rows are set aside for which reason; as a
record, and as files that hold no time: ``expectations.json`` for programs, ``expectations.md`` for people.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation import Expectation

from mgiqa.datasets.validate.expectations import image_fault
from mgiqa.datasets.validate.suite import FILE, Limits
from mgiqa.errors import DataError

_EXAMPLES = 20
_AND = "; "
_IMAGE = "image: "


@dataclass(frozen=True)
class Finding:
    """What came of one expectation. It holds no time and no random id, so that equal data gives equal findings.

    Attributes:
        rule: stable name.
        expectation: its type in Great Expectations.
        column: what it looks at; ``""`` for the whole table.
        severity: ``critical`` or ``warning``.
        about_rows: whether rows that break it are set aside.
        passed: whether it held.
        unexpected: number of rows that break it, where it counts rows.
        observed: what was found, where it is about the whole table.
        examples: ids of the first rows that break it.
    """

    rule: str
    expectation: str
    column: str
    severity: str
    about_rows: bool
    passed: bool
    unexpected: int
    observed: str
    examples: tuple[str, ...]

    @property
    def blocks(self) -> bool:
        return not self.passed and self.severity == "critical" and not self.about_rows


@dataclass(frozen=True)
class Verdict:
    """The outcome for one dataset.

    Attributes:
        clean: rows that break nothing.
        quarantine: the others, with the column ``reason``: every reason, in order, separated by a semicolon.
        findings: one per expectation, sorted by rule.
    """

    clean: pd.DataFrame
    quarantine: pd.DataFrame
    findings: tuple[Finding, ...]

    def reasons(self) -> dict[str, int]:
        """Reason → rows, the most frequent first; all images that do not open count as one reason."""
        counts = Counter(
            "its image does not open" if reason.startswith(_IMAGE) else reason
            for reasons in self.quarantine["reason"]
            for reason in reasons.split(_AND)
        )
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def validate(records: pd.DataFrame, root: Path, suite: list[Expectation], limits: Limits, docs: Path | None) -> Verdict:
    """Runs ``suite`` over ``records``.

    Args:
        records: one dataset's.
        root: what their paths start from.
        suite: made by ``build_suite``.
        limits: the ones the suite was made with.
        docs: where to build Data Docs, if anywhere.

    Raises:
        DataError: an expectation could not be computed at all.
    """
    table = records.reset_index(drop=True)
    files = [str(root / path) if isinstance(path, str) else None for path in table["path"]]
    results = _run(table.assign(**{FILE: pd.Series(files, dtype=object)}), suite, docs)
    reasons: list[list[str]] = [[] for _ in range(len(table))]
    for result in results:
        for position, reason in _set_aside(result, files, limits):
            reasons[position].append(reason)
    bad = pd.Series([bool(broken) for broken in reasons], dtype=bool)
    quarantine = table[bad].assign(reason=[_AND.join(broken) for broken in reasons if broken])
    findings = tuple(sorted((_finding(result, table) for result in results), key=lambda finding: finding.rule))
    return Verdict(table[~bad].reset_index(drop=True), quarantine.reset_index(drop=True), findings)


def _run(table: pd.DataFrame, suite: list[Expectation], docs: Path | None) -> list[Any]:
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batch = context.data_sources.add_pandas("records").add_dataframe_asset("records")
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(
            name="records",
            data=batch.add_batch_definition_whole_dataframe("all"),
            suite=context.suites.add(gx.ExpectationSuite(name="catalogue", expectations=suite)),
        )
    )
    outcome = definition.run(batch_parameters={"dataframe": table}, result_format={"result_format": "COMPLETE"})
    if docs:
        _build_docs(context, docs)
    for result in outcome.results:
        if fault := _fault(result):
            raise DataError(
                f"expectation {_rule(result)} could not be computed: {fault}", remedy="Ingest the dataset again."
            )
    return list(outcome.results)


def _fault(result: Any) -> str:
    """What kept an expectation from being computed, in one line; ``""`` if nothing did.

    Great Expectations tells it of the expectation, or of each metric that the expectation needs.
    """
    told = result.exception_info
    each = [told] if "raised_exception" in told else told.values()
    return next((str(one["exception_message"]).splitlines()[0] for one in each if one["raised_exception"]), "")


def _build_docs(context: Any, folder: Path) -> None:
    backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}
    site = {"class_name": "SiteBuilder", "store_backend": backend}
    context.add_data_docs_site(site_name="mgiqa", site_config=site)
    context.build_data_docs(site_names=["mgiqa"])


def _rule(result: Any) -> str:
    return str(result.expectation_config.meta["rule"])


def _set_aside(result: Any, files: list[str | None], limits: Limits) -> Iterable[tuple[int, str]]:
    """Position and reason of every row that the expectation sets aside."""
    reason = result.expectation_config.meta.get("reason")
    if reason is None or result.success:
        return
    for position in result.result["unexpected_index_list"]:
        file = files[position]
        named = image_fault(file, limits.max_pixels) if _rule(result) == "image_decodes" and file else None
        yield position, _IMAGE + named if named else reason


def _finding(result: Any, table: pd.DataFrame) -> Finding:
    config = result.expectation_config
    positions = result.result.get("unexpected_index_list") or []
    observed = result.result.get("observed_value")
    return Finding(
        rule=_rule(result),
        expectation=str(config.type),
        column=str(config.kwargs.get("column", "")),
        severity=str(getattr(config.severity, "value", config.severity)),
        about_rows="reason" in config.meta,
        passed=bool(result.success),
        unexpected=int(result.result.get("unexpected_count") or 0),
        observed="" if observed is None else str(observed),
        examples=tuple(str(table["image_id"].iloc[position]) for position in positions[:_EXAMPLES]),
    )


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
