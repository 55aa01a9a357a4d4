"""Tables of results, from the data files beside the page; what is computed of them is computed here."""

import csv
from pathlib import Path

from mgiqa.metrics.seeds import SeedMean, paired_difference

FOLDER = Path("docs", "results")


def read_rows(root: Path, name: str) -> list[dict[str, str]]:
    """The rows of a table, by the names of its columns."""
    with (root / FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def show_table(root: Path, name: str) -> str:
    """A table as it stands."""
    rows = read_rows(root, name)
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([*row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def show_seeds(root: Path, name: str) -> str:
    """A table of two arms by seed, with their paired differences and the means of seen and of new seeds."""
    rows = read_rows(root, name)
    one, other = list(rows[0])[2:4]
    lines = [f"| seed | {one} | {other} | difference |", "|---|---|---|---|"]
    for row in rows:
        gap = float(row[one]) - float(row[other])
        lines.append(
            f"| {row['seed']} | {figure(float(row[one]))} | {figure(float(row[other]))} | {figure(gap, True)} |"
        )
    for role in dict.fromkeys(row["role"] for row in rows):
        mean = difference_of(rows, role, one, other)
        seeds = ", ".join(row["seed"] for row in rows if row["role"] == role)
        interval = f"[{figure(mean.low, True)}, {figure(mean.high, True)}]"
        lines.append(f"| mean of {seeds}: {role} | | | {figure(mean.mean, True)} {interval} |")
    return "\n".join(lines)


def difference_of(rows: list[dict[str, str]], role: str, one: str, other: str) -> SeedMean:
    """The mean of the paired differences over the seeds of one role, with Student's interval."""
    some = [row for row in rows if row["role"] == role]
    return paired_difference([float(row[one]) for row in some], [float(row[other]) for row in some])


def figure(value: float, signed: bool = False) -> str:
    """Three digits without the zero before the point, as correlations are printed."""
    sign = "-" if value < 0 else "+" if signed else ""
    return f"{sign}{abs(value):.3f}".replace("0.", ".", 1)
