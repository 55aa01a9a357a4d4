"""How summaries look in a terminal."""

from rich.console import Console
from rich.table import Table

from mgiqa.records import Summary


def show_summary(summary: Summary) -> None:
    """Prints the facts, tables and checks of a stage."""
    console = Console(highlight=False)
    facts = "   ".join(f"[dim]{name}[/] {_text(value)}" for name, value in summary.facts.items())
    console.print(f"  {facts}")
    for title, rows in summary.tables.items():
        show_table(console, title, rows)
    for check in summary.checks:
        mark = "[green]✓[/]" if check.passed else "[bold red]✗[/]"
        console.print(f"  {mark} {check.name}: {check.description}")


def show_table(console: Console, title: str, rows: list[dict[str, object]]) -> None:
    """Prints rows as a table if it fits the terminal; a cramped one would only hide that it cannot be read."""
    table = _table(title, rows)
    if console.measure(table).minimum <= console.width:
        console.print(table)
    else:
        console.print(f"  [dim]{title}: {len(rows)} rows, too wide for this terminal; see summary.json[/]")


def _table(title: str, rows: list[dict[str, object]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2))
    columns = list(dict.fromkeys(column for row in rows for column in row))
    for column in columns:
        numeric = all(isinstance(row.get(column), int | float | None) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", no_wrap=True, header_style="dim")
    for row in rows:
        table.add_row(*(_text(row.get(column)) for column in columns))
    return table


def _text(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
