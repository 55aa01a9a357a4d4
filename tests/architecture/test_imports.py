"""Imports point one way, and nothing heavy loads before it is used."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mgiqa.pipeline import STAGES

ROOT = Path(__file__).parents[2]
HEAVY = ["torch", "transformers", "trl", "mlflow", "dagster", "great_expectations", "pandas", "dvc", "matplotlib"]


def test_imports_point_down_only() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "arguments", [["--help"], *([verb, "--help"] for verb in (*STAGES, "promote", "score", "doctor"))]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import json, sys, contextlib, io\n"
        "from mgiqa.cli import app\n"
        "out = io.StringIO()\n"
        "with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):\n"
        f"    app({arguments!r}, prog_name='mgiqa')\n"
        f"print(json.dumps([len(out.getvalue()), sorted(set({HEAVY!r}) & set(sys.modules))]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    written, loaded = json.loads(done.stdout)
    assert written > 100, "there was no help to read"
    assert loaded == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = f"import mgiqa, sys; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
