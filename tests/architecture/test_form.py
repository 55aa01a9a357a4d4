"""The form of the code that no linter checks."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted(path for folder in ("mgiqa", "orchestration") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_enough_to_read_at_once(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_no_file_is_a_drawer_of_odds_and_ends() -> None:
    assert not [path for path in CODE if path.stem in {"utils", "util", "common", "helpers", "misc"}]


def test_no_data_and_no_machine_is_in_git() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    if tracked == [""]:
        pytest.skip("not a git checkout")
    assert [path for path in tracked if path.startswith("data/")] == ["data/README.md"]
    large = [path for path in tracked if path and (ROOT / path).is_file() and (ROOT / path).stat().st_size > 1_000_000]
    assert large == []


def test_the_lock_pins_every_package_by_version_and_nothing_else() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert len(pins) > 100
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[A-Za-z0-9.!]+", line) for line in pins)
