"""What it costs to hear that there is nothing to do: from the command line, from DVC, and from Dagster.

    dvc repro                   # once: everything up to date
    python benchmarks/idle.py   # in the same folder, two minutes on two cores

Each is held against a rival in the same run: help against a program that does no more than load typer, an idle `dvc
repro` against `dvc status`, which only looks; Dagster's definitions against loading Dagster alone, and an idle job of
Dagster against `dvc repro --single-item` for one stage after the other, which is what its assets would run if they did
not ask first. Times are the best of several, so that they say less of what else the machine is doing.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from orchestration.graph import read_graph

PYTHON = Path(sys.executable)
HELP = [str(PYTHON), "-m", "mgiqa", "--help"]
TYPER = [str(PYTHON), "-c", "import typer; typer.run(lambda: None)"]
DEFINITIONS = [str(PYTHON), "-c", "from orchestration.definitions import defs; defs()"]
DAGSTER = [str(PYTHON), "-c", "import dagster"]
JOB = ["dagster", "job", "execute", "-m", "orchestration.definitions", "-j", "pipeline"]
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{PYTHON.parent}:{os.environ['PATH']}",
    "DAGSTER_HOME": str(Path(".dagster").resolve()),
}
NOTHING = "Data and pipelines are up to date"


def seconds(command: Sequence[str], repeats: int) -> float:
    """The shortest of several runs of a command, by the clock on the wall."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Prints the four ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    said = subprocess.run(["dvc", "repro"], env=ENVIRONMENT, capture_output=True, text=True)
    if NOTHING not in said.stdout:
        raise SystemExit(f"there is something to do, so nothing to measure; run dvc repro first\n{said.stdout[-500:]}")
    stages = [node.name for node in read_graph(Path.cwd())]
    loop = [f"dvc repro --single-item {name}" for name in stages]
    rows = {
        "mgiqa --help / loading typer": (HELP, TYPER, repeats),
        "dvc repro / dvc status": (["dvc", "repro"], ["dvc", "status"], repeats),
        "definitions / loading Dagster": (DEFINITIONS, DAGSTER, repeats),
        f"Dagster's job / dvc repro, {len(stages)} times": (JOB, ["bash", "-c", " && ".join(loop)], 2),
    }
    print(f"load of this machine when it began: {os.getloadavg()[0]:.1f} (times mean something below 1)")
    for name, (ours, rival, times) in rows.items():
        own, other = seconds(ours, times), seconds(rival, times)
        print(f"{name:40} {own:6.2f} s / {other:6.2f} s = {own / other:5.2f}")


if __name__ == "__main__":
    main()
