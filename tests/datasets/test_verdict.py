"""A verdict as files for programs and for people."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest

from mgiqa.datasets.validate.verdict import Finding, Verdict, write_verdict

HELD = Finding("content", "expect_column_values_to_not_be_null", "content", "critical", True, True, 0, "", ())
ASIDE = replace(HELD, rule="there", column="file", passed=False, unexpected=5, examples=("a", "b", "c", "d", "e"))
BLOCKS = replace(HELD, rule="row_count", column="", about_rows=False, passed=False, observed="7 × 7")
WARNS = replace(BLOCKS, rule="unique", column="sha256", severity="warning", unexpected=2, observed="", examples=("a",))
FINE = replace(HELD, rule="spread", about_rows=False, observed="0.5")


def verdict(*findings: Finding, aside: tuple[str, ...] = (), clean: int = 3) -> Verdict:
    return Verdict(pd.DataFrame({"image_id": range(clean)}), pd.DataFrame({"reason": aside}, dtype=object), findings)


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
    assert [{**one, "examples": tuple(one["examples"])} for one in content] == [asdict(ASIDE), asdict(BLOCKS)]
    assert [list(one) for one in content] == [sorted(one) for one in content], "so that a change shows line by line"
    assert "7 × 7" in text
    assert text.startswith("[\n  {\n    ")
    assert text.endswith("]\n")


def test_reasons_are_counted_one_by_one_the_most_frequent_first_and_then_by_name() -> None:
    aside = ("image: a.png is damaged.", "b; a", "image: c.png is refused.; b", "d", "image: e is damaged.")
    assert list(verdict(aside=aside).reasons().items()) == [
        ("its image does not open", 3), ("b", 2), ("a", 1), ("d", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("finding", "blocks"),
    [(HELD, False), (ASIDE, False), (BLOCKS, True), (WARNS, False), (replace(BLOCKS, passed=True), False)],
)
def test_a_dataset_is_blocked_by_a_critical_finding_about_the_whole_table(finding: Finding, blocks: bool) -> None:
    assert finding.blocks == blocks
