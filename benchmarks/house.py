"""How the code is laid out: files, their lengths, functions, repeated lines, and tests beside code; at any two commits.

    python benchmarks/house.py 2f5b223 HEAD

Lines count without blank ones. A line is repeated if it stands in a run of at least four that the code holds twice;
imports and lone brackets are no lines here.
"""

import argparse
import ast
import re
import statistics
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN = 4
"""Lines in a row that make a repetition."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a line per figure, a column per commit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commits", nargs="*", default=["HEAD"])
    columns = {commit: figures(commit) for commit in parser.parse_args(arguments).commits}
    print(f"{'':34}", *(f"{commit[:12]:>12}" for commit in columns))
    for name in next(iter(columns.values())):
        print(f"{name:34}", *(f"{column[name]:>12}" for column in columns.values()))


def figures(commit: str) -> dict[str, str]:
    """Name of a figure → its value at a commit."""
    code = dict(_files(commit, ("mgiqa", "orchestration")))
    tests = dict(_files(commit, ("tests",)))
    lengths = sorted(len(_lines(text)) for text in code.values() if _lines(text))
    functions = [size for text in code.values() for size in _functions(text)]
    folders = Counter(str(Path(name).parent) for name in code)
    return {
        "files of code": str(len(lengths)),
        "median of their lines": f"{statistics.median(lengths):.0f}",
        "90th percentile": str(lengths[int(0.9 * (len(lengths) - 1))]),
        "longest": str(lengths[-1]),
        "files of at most 30 lines": str(sum(length <= 30 for length in lengths)),
        "most files in one folder": str(max(folders.values())),
        "longest function": str(max(functions)),
        "functions over 40 lines": str(sum(size > 40 for size in functions)),
        "share of repeated lines": f"{_repeated(list(code.values())):.1%}",
        "lines of code": f"{sum(lengths):,}",
        "lines of tests per line of code": f"{sum(len(_lines(text)) for text in tests.values()) / sum(lengths):.2f}",
    }


def _files(commit: str, folders: Sequence[str]) -> Iterator[tuple[str, str]]:
    listed = _git("ls-tree", "-r", "--name-only", commit, *folders).split()
    for name in listed:
        if name.endswith(".py"):
            yield name, _git("show", f"{commit}:{name}")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _functions(text: str) -> Iterator[int]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
            begin = node.body[min(int(documented), len(node.body) - 1)].lineno
            yield (node.end_lineno or begin) - begin + 1


def _repeated(texts: Sequence[str]) -> float:
    files = [[line for line in _lines(text) if re.search(r"\w{2}", line) and not _is_import(line)] for text in texts]
    runs = Counter(tuple(lines[start : start + RUN]) for lines in files for start in range(len(lines) - RUN + 1))
    repeated = 0
    for lines in files:
        marked = set[int]()
        for start in range(len(lines) - RUN + 1):
            if runs[tuple(lines[start : start + RUN])] > 1:
                marked |= set(range(start, start + RUN))
        repeated += len(marked)
    return repeated / sum(map(len, files))


def _is_import(line: str) -> bool:
    return line.startswith(("import ", "from ")) or bool(re.fullmatch(r"[A-Za-z_]+,", line))


if __name__ == "__main__":
    main()
