"""A verdict as files for programs and for people."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest

from mgiqa.datasets.validate.findings import Finding, Verdict
from mgiqa.datasets.validate.pages import DATA_DOCS, write_verdict

NOT_NULL = ("expect_column_values_to_not_be_null", "content values must never be null.")
HELD = Finding("content", *NOT_NULL, "content", "critical", True, True, 0, "", (), ())
ASIDE = replace(
    HELD, rule="there", column="file", passed=False, unexpected=5, examples=tuple("abcde"), values=tuple("12345")
)
BLOCKS = replace(HELD, rule="row_count", column="", about_rows=False, passed=False, observed="7 × 7")
WARNS = replace(
    BLOCKS,
    rule="unique",
    column="sha256",
    severity="warning",
    unexpected=2,
    observed="",
    examples=("a",),
    values=("x",),
)
FINE = replace(HELD, rule="spread", about_rows=False, observed="0.5")


def verdict(*findings: Finding, aside: tuple[str, ...] = (), clean: int = 3) -> Verdict:
    rows = pd.DataFrame({"image_id": [f"row {i}" for i in range(len(aside))], "reason": aside}, dtype=object)
    return Verdict(pd.DataFrame({"image_id": range(clean)}), rows, findings)


def page(found: Verdict, folder: Path) -> str:
    write_verdict(found, "A set", folder)
    return (folder / "expectations.md").read_text(encoding="utf-8")


def test_a_page_counts_the_rows_and_tells_each_expectation_in_a_line(tmp_path: Path) -> None:
    found = verdict(HELD, ASIDE, BLOCKS, WARNS, FINE, aside=("late", "early; late"))
    assert page(found, tmp_path) == (
        "# A set\n"
        "\n"
        "5 rows: 3 clean, 2 in quarantine.\n"
        "\n"
        "## Quarantine\n"
        "\n"
        "| rows | reason |\n"
        "|---:|---|\n"
        "| 2 | late |\n"
        "| 1 | early |\n"
        "\n"
        "The rows are in `quarantine.parquet`, each with its reasons.\n"
        "\n"
        "## Expectations\n"
        "\n"
        "| outcome | rule | column | broken by | examples |\n"
        "|---|---|---|---:|---|\n"
        "| held | content | content |  |  |\n"
        "| rows set aside | there | file | 5 | a, b, c |\n"
        "| CRITICAL | row_count |  | 7 × 7 |  |\n"
        "| WARNING | unique | sha256 | 2 | a |\n"
        "| held | spread | content |  |  |\n"
    )


def test_a_page_without_quarantine_does_not_speak_of_it(tmp_path: Path) -> None:
    text = page(verdict(HELD), tmp_path)
    assert "3 rows: 3 clean, 0 in quarantine.\n\n## Expectations\n" in text
    assert "Quarantine" not in text


def test_the_file_for_programs_holds_every_finding_whole(tmp_path: Path) -> None:
    found = verdict(ASIDE, BLOCKS)
    write_verdict(found, "A set", tmp_path)
    text = (tmp_path / "expectations.json").read_text(encoding="utf-8")
    content = json.loads(text)
    assert [{**one, **{name: tuple(one[name]) for name in ("examples", "values")}} for one in content] == [
        asdict(ASIDE),
        asdict(BLOCKS),
    ]
    assert [list(one) for one in content] == [sorted(one) for one in content], "so that a change shows line by line"
    assert "7 × 7" in text
    assert text.startswith("[\n  {\n    ")
    assert text.endswith("]\n")


def test_reasons_are_counted_one_by_one_the_most_frequent_first_and_then_by_name() -> None:
    aside = ("image: a.png is damaged.", "b; a", "image: c.png is refused.; b", "d", "image: e is damaged.")
    assert list(verdict(aside=aside).reasons().items()) == [
        ("its image does not open", ("row 0", "row 2", "row 4")),
        ("b", ("row 1", "row 2")),
        ("a", ("row 1",)),
        ("d", ("row 3",)),
    ]


def data_docs(found: Verdict, folder: Path) -> str:
    write_verdict(found, "A <set>", folder)
    return (folder / DATA_DOCS).read_text(encoding="utf-8")


def test_data_docs_need_nothing_but_themselves(tmp_path: Path) -> None:
    text = data_docs(verdict(HELD, ASIDE, BLOCKS, WARNS, aside=("late",)), tmp_path)
    asked = re.findall(r"""(?:src|href)=["']?([^"' >]*)|url\(|@import|<script|<link""", text)
    assert asked and all(address.startswith("#") for address in asked)


def test_data_docs_tell_each_expectation_its_outcome_and_the_rows_that_break_it(tmp_path: Path) -> None:
    text = " ".join(re.sub("<[^>]+>", " ", data_docs(verdict(HELD, ASIDE, BLOCKS, aside=("late",)), tmp_path)).split())
    assert "4 rows: 3 clean, 1 in quarantine. 1 of 3 expectations held. The dataset is blocked by row_count." in text
    assert "late 1 row 0" in text
    assert "✓ held content values must never be null. content" in text
    assert "✗ rows set aside content values must never be null. there 5 of 5 rows that break it a 1 b 2 c 3" in text
    assert "✗ CRITICAL content values must never be null. row_count Found: 7 × 7" in text
    assert "is blocked" not in data_docs(verdict(HELD, ASIDE, WARNS), tmp_path)


def test_what_stands_in_a_table_is_no_part_of_the_page(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    found = replace(ASIDE, column=hostile, sentence=hostile, examples=(hostile,), values=(hostile,), observed=hostile)
    text = data_docs(verdict(found, aside=(hostile,)), tmp_path)
    assert "<script" not in text and text.count("&lt;script&gt;") >= 5
    assert "A &lt;set&gt;" in text


@pytest.mark.parametrize(
    ("finding", "blocks"),
    [(HELD, False), (ASIDE, False), (BLOCKS, True), (WARNS, False), (replace(BLOCKS, passed=True), False)],
)
def test_a_dataset_is_blocked_by_a_critical_finding_about_the_whole_table(finding: Finding, blocks: bool) -> None:
    assert finding.blocks == blocks
