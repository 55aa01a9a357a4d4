"""Holding a dataset to its suite: what Great Expectations finds, and which rows are set aside for which reason."""

import logging
from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation import Expectation

from mgiqa.datasets.validate.expectations import image_fault
from mgiqa.datasets.validate.findings import AND, OF_IMAGE, Finding, Verdict
from mgiqa.datasets.validate.suite import FILE, Limits
from mgiqa.errors import DataError

_EXAMPLES = 20
_LONGEST = 200
"""Characters of a value that are shown."""


def validate(records: pd.DataFrame, root: Path, suite: list[Expectation], limits: Limits) -> Verdict:
    """Runs ``suite`` over ``records``.

    Args:
        records: one dataset's.
        root: what their paths start from.
        suite: made by ``build_suite``.
        limits: the ones the suite was made with.

    Raises:
        DataError: an expectation could not be computed at all.
    """
    table = records.reset_index(drop=True)
    files = [str(root / path) if isinstance(path, str) else None for path in table["path"]]
    results = _run(table.assign(**{FILE: pd.Series(files, dtype=object)}), suite)
    reasons: list[list[str]] = [[] for _ in range(len(table))]
    for result in results:
        for position, reason in _set_aside(result, files, limits):
            reasons[position].append(reason)
    bad = pd.Series([bool(broken) for broken in reasons], dtype=bool)
    quarantine = table[bad].assign(reason=[AND.join(broken) for broken in reasons if broken])
    findings = tuple(sorted((_finding(result, table) for result in results), key=lambda finding: finding.rule))
    return Verdict(table[~bad].reset_index(drop=True), quarantine.reset_index(drop=True), findings)


def _run(table: pd.DataFrame, suite: list[Expectation]) -> list[Any]:
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
        yield position, OF_IMAGE + named if named else reason


def _finding(result: Any, table: pd.DataFrame) -> Finding:
    config = result.expectation_config
    positions = result.result.get("unexpected_index_list") or []
    observed = result.result.get("observed_value")
    column = str(config.kwargs.get("column", ""))
    rows = table.iloc[positions[:_EXAMPLES]]
    looked_at: Iterable[Any] = rows.get("path" if column == FILE else column, [])  # of a file the name below the root
    return Finding(
        rule=_rule(result),
        expectation=str(config.type),
        sentence=_sentence(result),
        column=column,
        severity=str(getattr(config.severity, "value", config.severity)),
        about_rows="reason" in config.meta,
        passed=bool(result.success),
        unexpected=int(result.result.get("unexpected_count") or 0),
        observed="" if observed is None else str(observed),
        examples=tuple(map(str, rows["image_id"])),
        values=tuple(map(_word, looked_at)),
    )


def _sentence(result: Any) -> str:
    """What an expectation says of itself in Data Docs, as plain text."""
    result.render()
    (words,) = (content.value for content in result.expectation_config.rendered_content)
    params = {name: _word(part["value"]) for name, part in words.params.items()}
    return Template(words.template).safe_substitute(params)


def _word(value: Any) -> str:
    """A value as people read it; what comes from outside may be long."""
    if isinstance(value, list):
        return ", ".join(map(_word, value))
    if pd.isna(value):
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)[:_LONGEST] or "(empty)"
