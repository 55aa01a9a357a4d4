"""Which changes of the code no test notices: mutants made by mutmut, counted module by module.

    make mutants                                # every mutant of the modules that pyproject.toml names: hours
    python benchmarks/mutants.py --sample 40    # at most 40 of each module, drawn by --seed
    python benchmarks/mutants.py --again        # those that nothing noticed, once tests have been written for them
    mutmut results; mutmut show NAME            # the names of those that nothing noticed, and what each one changes

A mutant is the code with one place changed: a sign, a constant, an argument left out. It is noticed if one of the tests
that run through the changed function fails or does not end. What a run has found is kept in ``mutants/``, and the next
one goes on from there; remove the folder to begin anew.
"""

import argparse
import os
import random
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
UNKNOWN = "not checked"
NOTICED = {"killed", "timeout", "segfault"}


def mutmut(*arguments: str, quiet: bool = False) -> str:
    """Runs mutmut in the checkout; returns what it printed if ``quiet``."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("mutmut")), *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        text=True,
        stdout=subprocess.PIPE if quiet else None,
    )
    return done.stdout or ""


def modules() -> list[str]:
    """Dotted names of the modules that are changed, in the order of ``pyproject.toml``."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]["only_mutate"]
    paths = (path for pattern in patterns for path in sorted(ROOT.glob(pattern)))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]


def states() -> dict[str, dict[str, str]]:
    """Module → mutant → what became of it."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for line in mutmut("results", "--all", "true", quiet=True).splitlines():
        name, _, state = line.strip().rpartition(": ")
        found[name.rpartition(".")[0]][name] = state
    return found


def drawn(found: dict[str, dict[str, str]], sample: int, seed: int) -> dict[str, dict[str, str]]:
    """At most ``sample`` mutants of each module; a longer sample holds the shorter one."""
    chosen = {}
    for module, mutants in found.items():
        names = sorted(mutants)
        random.Random(f"{seed} {module}").shuffle(names)
        chosen[module] = {name: mutants[name] for name in names[:sample]}
    return chosen


def wilson(noticed: int, tried: int) -> tuple[float, float]:
    """Interval of a share that covers the true one in 95 of 100 samples (Wilson, JASA 1927)."""
    z2 = 1.959964**2
    centre = (noticed + z2 / 2) / (tried + z2)
    half = (z2 * (noticed * (tried - noticed) / tried + z2 / 4)) ** 0.5 / (tried + z2)
    return centre - half, centre + half


def row(name: str, states: list[str], mutants: int) -> str:
    """How many mutants there are, were tried and were noticed; the share, with its interval if not all were tried."""
    tried = [state for state in states if state != UNKNOWN]
    noticed = sum(state in NOTICED for state in tried)
    cells = f"{name:<40}{mutants:>8}{len(tried):>8}{noticed:>9}"
    if not tried:
        return cells
    low, high = wilson(noticed, len(tried))
    return cells + f"{noticed / len(tried):>8.0%}" + (f"  [{low:.0%}, {high:.0%}]" if len(tried) < mutants else "")


def table(found: dict[str, dict[str, str]], chosen: dict[str, dict[str, str]]) -> str:
    """A row for each module, and one for all: those ``chosen`` among all that are ``found``."""
    rows = [
        row(module.removeprefix("mgiqa."), list(chosen[module].values()), len(found[module]))
        for module in modules()
        if module in chosen
    ]
    every = [state for mutants in chosen.values() for state in mutants.values()]
    head = f"{'module':<40}{'mutants':>8}{'tried':>8}{'noticed':>9}{'share':>8}"
    return "\n".join([head, *rows, row("all", every, sum(len(found[module]) for module in chosen))])


def main() -> None:
    """Changes the code in one place at a time, runs its tests, and prints what was noticed."""
    parser = argparse.ArgumentParser(description="Which changes of the code no test notices.")
    parser.add_argument("--sample", type=int, default=sys.maxsize, help="mutants of each module; default: all of them")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--module", default="", help="only modules whose name ends so, such as quality.reward")
    parser.add_argument("--again", action="store_true", help="try those that nothing has noticed so far once more")
    parser.add_argument("--processes", type=int, default=1, help="at the same time")
    arguments = parser.parse_args()
    os.nice(10)
    run = ["run", "--max-children", str(arguments.processes)]
    mutmut(*run, f"{modules()[0]}.*__mutmut_1")  # makes those of changed code anew, and tries a few
    wanted = {module: mutants for module, mutants in states().items() if module.endswith(arguments.module)}
    chosen = drawn(wanted, arguments.sample, arguments.seed)
    names = [
        name
        for mutants in chosen.values()
        for name, state in mutants.items()
        if state == UNKNOWN or (arguments.again and state not in NOTICED)
    ]
    if names:
        mutmut(*run, *names)
    now = {name: state for mutants in states().values() for name, state in mutants.items()}
    print(table(wanted, {module: {name: now[name] for name in mutants} for module, mutants in chosen.items()}))


if __name__ == "__main__":
    main()
