"""Tables in a terminal: whatever the width, no cell is cut off, and a usual table is one table."""

import io
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from mgiqa.cli.show import show_facts, show_point, show_table

WORD = st.text("abcdefgh_", min_size=1, max_size=14)
NUMBER = st.one_of(st.integers(-(10**6), 10**6), st.floats(-100, 100))
PHRASE = st.lists(WORD, min_size=1, max_size=25).map(" ".join)


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, object]]:
    names = draw(st.lists(PHRASE.filter(lambda text: len(text) < 30), min_size=1, max_size=12, unique=True))
    kinds = [draw(st.sampled_from([WORD, NUMBER, PHRASE, st.none()])) for _ in names]
    return [dict(zip(names, map(draw, kinds), strict=True)) for _ in range(draw(st.integers(min_value=1, max_value=6)))]


def printed(show: object, *arguments: object, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    show(console, *arguments)  # type: ignore[operator]
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def tokens(rows: list[dict[str, object]]) -> Counter:
    """Words of the cells, as they are to be read."""
    cells = [cell for row in rows for cell in row.values() if isinstance(cell, str)]
    return Counter(word for cell in cells for word in cell.split())


@given(rows=tables(), width=st.sampled_from([40, 60, 80, 100, 120, 200]))
@settings(deadline=None, max_examples=30)
def test_no_word_is_cut_off_and_no_line_is_too_long(rows: list[dict[str, object]], width: int) -> None:
    lines = printed(show_table, "title", rows, width=width)
    assert max(map(cell_len, lines)) <= width
    assert not tokens(rows) - Counter(word for line in lines for word in line.split())
    assert "…" not in "".join(lines)


@given(rows=tables())
@settings(deadline=None, max_examples=30)
def test_a_wide_terminal_shows_one_table_with_one_line_per_row(rows: list[dict[str, object]]) -> None:
    lines = printed(show_table, "title", rows, width=6000)
    assert len(lines) == 2 + len(rows)


@given(
    rows=st.lists(st.fixed_dictionaries({f"column_{i}": st.one_of(WORD, NUMBER) for i in range(8)}), min_size=1),
    width=st.sampled_from([60, 80, 120]),
)
@settings(deadline=None, max_examples=30)
def test_two_blanks_at_least_part_the_columns(rows: list[dict[str, object]], width: int) -> None:
    for line in printed(show_table, "title", rows, width=width):
        assert re.split(" {2,}", line.strip()) == (line.split() or [""])


WIDE = {
    "dataset": ["agiqa3k", "kadid10k"],
    "attribute": ["overall", "composition"],
    "rows": [750, 750],
    "declared": ["0–100 ↑", "1–5 ↑"],
    "before": ["12.830 to 95.890", "1.330 to 4.470"],
    "after": ["1.513 to 4.836", "1.330 to 4.470"],
    "target": ["soft", "hard"],
}
SPLITS = ["dataset", *(f"{split} {what}" for what in ("rows", "contents") for split in ("train", "val", "test"))]


@pytest.mark.parametrize("width", [80, 120])
def test_the_tables_of_the_pipeline_are_one_table(width: int) -> None:
    wide = [dict(zip(WIDE, row, strict=True)) for row in zip(*WIDE.values(), strict=True)]
    splits = [dict.fromkeys(SPLITS, 450) | {"dataset": name} for name in ("kadid10k", "spaq")]
    for rows in (wide, splits):
        lines = printed(show_table, "title", rows, width=width)
        assert lines[-1].split()[0] == rows[-1]["dataset"]
        assert len([line for line in lines if line.startswith("dataset")]) == 1


def test_a_table_that_is_too_wide_is_folded_and_repeats_what_names_a_row() -> None:
    rows: list[dict[str, object]] = [
        {"set": "a", "arm": arm, **{f"measure_number_{i}": i for i in range(6)}} for arm in ("one", "two")
    ]
    lines = printed(show_table, "title", rows, width=60)
    heads = [line for line in lines if "set" in line]
    assert len(heads) == 3
    assert all(head.split()[:2] == ["set", "arm"] for head in heads)
    assert len([line for line in lines if line.startswith("a  ") and "two" in line]) == 3


def test_rows_without_a_name_become_blocks() -> None:
    rows: list[dict[str, object]] = [{f"column_number_{i}": "same" for i in range(9)}] * 2
    lines = printed(show_table, "title", rows, width=60)
    assert lines[1].split() == ["column_number_0", "same"]
    assert len(lines) == 1 + 9 + 1 + 9


def test_long_text_is_broken_into_lines_beside_its_row() -> None:
    rows: list[dict[str, object]] = [{"image": "one.png", "reason": "the file is truncated " * 10, "rows": 1}]
    lines = printed(show_table, "title", rows)
    assert lines[1].split() == ["image", "reason", "rows"]
    assert all(line.startswith("    ") for line in lines[3:])


def test_brackets_are_no_markup_and_an_empty_table_says_so() -> None:
    assert "[bold]" in "".join(printed(show_table, "title", [{"a": "[bold]"}]))
    assert printed(show_table, "Quarantine", []) == ["Quarantine  none"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (float("nan"), "–"), (True, "yes"), (0.0, "0.000"), (-0.3361, "-0.336"), (2e-5, "2.0e-05"), (7, "7")],
)
def test_values_read_well(value: object, text: str) -> None:
    assert printed(show_table, "t", [{"a": value}])[-1].strip() == text


def test_numbers_end_below_each_other_and_words_begin_there() -> None:
    rows: list[dict[str, object]] = [{"name": name, "share": share} for name, share in (("a", "0.0 %"), ("bcd", "–"))]
    lines = printed(show_table, "t", rows)
    assert len({len(line.rstrip()) for line in lines[1:]}) == 1
    assert all(line[0] != " " for line in lines)


def test_a_fact_stays_with_its_name_and_a_sentence_below_itself() -> None:
    facts = [(f"name {i}", f"value_{i}") for i in range(12)]
    lines = printed(show_facts, facts, width=50)
    assert all(any(f"name {i} value_{i}" in line for line in lines) for i in range(12))
    point = printed(show_point, Text("✓"), "word " * 40, width=50)
    assert all(line.startswith("    word") for line in point[1:])
