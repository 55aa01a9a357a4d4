"""How summaries look in a terminal: every cell whole, whatever the width.

A table that is too wide first gets narrower gaps, then headings of several lines, then lines in its longest text; then
it is folded into several tables that each begin with the columns that name a row; and at last every row is a block.
"""

import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mgiqa.records import Summary

Row = dict[str, object]

GAPS = (4, 3, 2)
"""Blanks between columns, the best first; with fewer, columns run into each other."""

PROSE = 30
"""Text may be broken into lines that are as long as this, or longer."""

NUMBER = re.compile(r"–?|[+-]?\d[\d.,]*(e[+-]?\d+)?( ?%)?")
"""What aligns to the right."""

NAMES = 3
"""Columns at most that name a row where a table is folded."""


@dataclass(frozen=True)
class Column:
    """One column as text."""

    name: str
    cells: tuple[str, ...]

    @property
    def numeric(self) -> bool:
        """Whether it aligns to the right."""
        return all(NUMBER.fullmatch(cell) for cell in self.cells)

    @property
    def whole(self) -> int:
        """Width with the heading in one line."""
        return max(cell_len(self.name), self.body)

    @property
    def folded(self) -> int:
        """Width with one word of the heading per line."""
        return max(*map(cell_len, self.name.split() or [""]), self.body)

    @property
    def broken(self) -> int:
        """Least width with the cells in lines too."""
        words = [cell_len(word) for text in (self.name, *self.cells) for word in text.split()]
        return min(self.folded, max(PROSE, *words)) if words else self.folded

    @property
    def body(self) -> int:
        """Width of the widest cell."""
        return max(map(cell_len, self.cells), default=0)


def show_summary(summary: Summary) -> None:
    """Prints the facts, tables and checks of a stage."""
    console = Console(highlight=False)
    show_facts(console, summary.facts.items())
    for title, rows in summary.tables.items():
        console.print()
        show_table(console, title, rows)
    if summary.tables:
        console.print()
    for check in summary.checks:
        mark = Text("✓", "green") if check.passed else Text("✗", "bold red" if check.blocking else "yellow")
        show_point(console, mark, f"{check.name}: {check.description}")


def show_facts(console: Console, facts: Iterable[tuple[str, object]]) -> None:
    """Prints names with values, as many in a line as fit; a line never ends between a name and its value."""
    line = Text()
    for name, value in facts:
        fact = Text.assemble((name, "dim"), " ", _text(value))
        if line and line.cell_len + 3 + fact.cell_len > console.width - 2:
            show_point(console, Text(), line)
            line = Text()
        line = Text.assemble(line, "   ", fact) if line else fact
    if line:
        show_point(console, Text(), line)


def show_point(console: Console, mark: Text, text: str | Text, indent: int = 0) -> None:
    """Prints a sentence after a mark; its further lines begin where the first one does.

    Args:
        console: where to.
        mark: stands before the sentence; an empty one takes no room.
        text: the sentence, in which brackets are no markup.
        indent: width of the mark where sentences below each other are to begin in one column.
    """
    grid = Table.grid(padding=0)
    grid.add_column(width=2)
    beside: list[Text | str] = [mark, ""] if mark or indent else []
    for _, width in zip(beside, (indent or mark.cell_len, 2 if indent else 1), strict=False):
        grid.add_column(width=width, overflow="fold")
    grid.add_column(overflow="fold")
    grid.add_row("", *beside, Text(text) if isinstance(text, str) else text)
    console.print(grid)


def show_table(console: Console, title: str, rows: Sequence[Row]) -> None:
    """Prints rows in the widest form that fits the terminal; no cell is cut off."""
    if not rows:
        console.print(Text.assemble((title, "bold"), ("  none", "dim")))
        return
    console.print(Text(title, "bold"))
    columns = _columns(rows)
    names = _naming(columns)
    one = _fitted(columns, console.width)
    parts = [one] if one else _parts(columns[:names], columns[names:], console.width) if names else []
    for number, part in enumerate(parts):
        if number:
            console.print()
        console.print(part)
    if parts:
        return
    for number, cells in enumerate(zip(*(column.cells for column in columns), strict=True)):
        if number:
            console.print()
        _show_block(console, [column.name for column in columns], cells)


def _columns(rows: Sequence[Row]) -> list[Column]:
    names = dict.fromkeys(name for row in rows for name in row)
    return [Column(name, tuple(_text(row.get(name)) for row in rows)) for name in names]


def _naming(columns: Sequence[Column]) -> int:
    """How many columns at the beginning tell all rows apart; 0 if that takes all of them, or too many."""
    for count in range(1, min(NAMES, len(columns) - 1) + 1):
        names = list(zip(*(column.cells for column in columns[:count]), strict=True))
        if len(set(names)) == len(names):
            return count
    return 0


def _fitted(columns: Sequence[Column], room: int) -> Table | None:
    """One table, if it fits."""
    for widths in ([column.whole for column in columns], [column.folded for column in columns]):
        for gap in GAPS:
            if sum(widths) + gap * (len(columns) - 1) <= room:
                return _table(columns, widths, gap)
    return _broken(columns, room - GAPS[-1] * (len(columns) - 1))


def _broken(columns: Sequence[Column], room: int) -> Table | None:
    """One table with its long text in lines, if it fits: what room is left goes to text."""
    widths = [column.broken for column in columns]
    spare = room - sum(widths)
    if spare < 0:
        return None
    for at, column in enumerate(columns):
        more = min(spare, column.folded - widths[at])
        widths[at] += more
        spare -= more
    return _table(columns, widths, GAPS[-1])


def _parts(names: Sequence[Column], others: Sequence[Column], room: int) -> list[Table]:
    """Several tables that each begin with the columns that name a row, about equally wide; none if that is no help."""
    count = len(_packed(names, others, room))
    while count and len(_packed(names, others, room - 1)) == count:
        room -= 1
    packed = _packed(names, others, room)
    return [table for part in packed if (table := _fitted([*names, *part], room))]


def _packed(names: Sequence[Column], others: Sequence[Column], room: int) -> list[list[Column]]:
    """As many columns per table as fit; empty if one alone does not."""
    parts: list[list[Column]] = []
    for column in others:
        if parts and _fitted([*names, *parts[-1], column], room):
            parts[-1].append(column)
        elif _fitted([*names, column], room):
            parts.append([column])
        else:
            return []
    return parts


def _table(columns: Sequence[Column], widths: Sequence[int], gap: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            Text("\n".join(textwrap.wrap(column.name, max(1, width), break_long_words=False)), "dim"),
            justify="right" if column.numeric else "left",
            width=width,
            overflow="fold",
            vertical="top",
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(Text, cells))
    return table


def _show_block(console: Console, names: Sequence[str], cells: Sequence[str]) -> None:
    """One row, as lines of a name and a value."""
    indent = min(max(map(cell_len, names)), console.width // 2)
    for name, cell in zip(names, cells, strict=True):
        show_point(console, Text(name, "dim"), cell, indent)


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}" if value == 0 or abs(value) >= 0.001 else f"{value:.1e}"
    return str(value)
