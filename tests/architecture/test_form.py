"""The form of the code that no linter checks."""

import ast
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
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
    assert "dvc.lock" not in tracked, "it names the bytes of one machine's run"
    large = [path for path in tracked if path and (ROOT / path).is_file() and (ROOT / path).stat().st_size > 1_000_000]
    assert large == []


def test_the_lock_pins_every_package_by_version_and_nothing_else() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert len(pins) > 100
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[A-Za-z0-9.!]+", line) for line in pins)


NO_NAMES = {"found", "own"}
"""They say where a value is from, and not what it is."""
SAME_BY_DESIGN = {
    "run": "each stage",
    "run_worker": "each stage that several processes share",
    "main": "each module that is a program",
    "REWARD": "each reward",
    "quality": "each reward",
    "pair_reward": "each reward that compares images",
    "write": "each dataset of the sample",
    "Pixels": "each file of the sample that makes pixels",
}
"""Names by which a table or a launcher takes any of several modules alike → which ones have it."""


def public_names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


def test_a_public_name_stands_once() -> None:
    """Verbs of the command line and painted scenes are called by their module, and so are left out."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in CODE:
        name = str(path.relative_to(ROOT))
        if not name.startswith(("mgiqa/cli/", "mgiqa/datasets/sample/scenes/")):
            for public in public_names(ast.parse(path.read_text(encoding="utf-8"))):
                places[public].append(name)
    several = {name: where for name, where in places.items() if len(where) > 1 and name[0] != "_"}
    assert {name: where for name, where in several.items() if name not in SAME_BY_DESIGN} == {}
    assert set(SAME_BY_DESIGN) <= set(several)


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_value_is_called_by_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    assert (names | arguments) & NO_NAMES == set()


SHOWN = ("scoring", "registry", "training", "evaluation/inference.py")
"""Where images are opened for a model."""


def test_what_a_model_is_shown_is_opened_no_larger_than_it_looks_at_it() -> None:
    """By ``ImageLoader``, or by the same door with the way that the model's processor resizes."""
    calls = [
        (path.name, {keyword.arg for keyword in node.keywords})
        for part in SHOWN
        for path in CODE
        if path.is_relative_to(ROOT / "mgiqa" / part)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open_image", "checked"}
    ]
    assert len(calls) >= 5
    assert [name for name, given in calls if "resizing" not in given] == []
