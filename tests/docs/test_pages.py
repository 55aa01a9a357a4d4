"""What the pages name is there: files, symbols, tests and folders."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.documents import ROOT

PAGES = sorted({*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"} - {*ROOT.glob("docs/log/*")})
"""The log tells of the code of its day."""
NAMED = re.compile(r"`((?:mgiqa|orchestration|tests|benchmarks|presets|plans|launch|docs)/[\w./-]*)(?:::(\w+))?`")
METHOD = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^## (\d+\. .+?)\n(.+?)(?=^## |\Z)", METHOD, re.MULTILINE | re.DOTALL)
EXAMPLES = {"mgiqa/reward/rewards/huber.py"}
"""Files that a reader is to write."""


@cache
def defined(path: Path) -> set[str]:
    """Names that a file of Python defines at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    for name, symbol in NAMED.findall(page.read_text(encoding="utf-8")):
        assert name in EXAMPLES or (ROOT / name).exists(), name
        assert not symbol or symbol in defined(ROOT / name), f"{name}::{symbol}"


@pytest.mark.parametrize(("title", "text"), STEPS, ids=[title for title, _ in STEPS])
def test_every_step_of_the_method_has_its_file_and_its_test(title: str, text: str) -> None:
    named = NAMED.findall(text)
    assert any(name.startswith("mgiqa/") for name, _ in named), f"{title} names no file"
    assert any(name.startswith("tests/") and symbol.startswith("test_") for name, symbol in named), f"{title}: no test"


def test_the_method_is_whole() -> None:
    assert [title.split(".")[0] for title, _ in STEPS] == [str(number) for number in range(1, 13)]
    assert METHOD.count("$$") == 2 * len(re.findall(r"^\$\$ .+ \$\$$", METHOD, re.MULTILINE))


def test_terms_are_sorted_and_say_where_they_live() -> None:
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    terms = [row[0].lower() for row in rows[2:]]
    assert len(terms) > 40
    assert terms == sorted(terms)
    assert [row[0] for row in rows[2:] if len(row) != 4 or not NAMED.fullmatch(row[3])] == []


def test_the_map_of_the_readme_has_every_folder() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.partition("## Where things are")[2].split("```")[1]
    named = set(re.findall(r"^([\w/]+)/ ", block, re.MULTILINE))
    parts = {f"mgiqa/{path.parent.name}" for path in ROOT.glob("mgiqa/*/__init__.py")}
    assert named == parts | {"presets", "plans", "launch", "orchestration", "tests", "benchmarks", "docs"}
