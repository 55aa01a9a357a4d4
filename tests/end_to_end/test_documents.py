"""What the documents tell their readers to type works, and prints what they show."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer
import yaml
from typer.testing import CliRunner

from mgiqa.cli import app
from mgiqa.settings import check_settings
from tests.checkout import Checkout
from tests.documents import ROOT, Block, form, read_blocks, read_commands

README = "README.md"
TUTORIALS = (
    README,
    "docs/index.md",
    *(str(page.relative_to(ROOT)) for folder in ("tutorials", "guides") for page in ROOT.glob(f"docs/{folder}/*.md")),
)
COMMANDS = list(dict.fromkeys(command for name in TUTORIALS for command in read_commands(name)))
PAGES = (ROOT / README, *ROOT.glob("docs/**/*.md"))
SPANS = sorted({span for page in PAGES for span in re.findall("`(mgiqa [^`]+)`", page.read_text(encoding="utf-8"))})

NOT_HERE = {
    "make demo": "the fixture `finished` runs what it runs: test_make_runs_what_the_tests_run",
    "make install": "what these tests run in: test_make_runs_what_the_tests_run",
    "make docs": "make check builds the same pages, strictly",
    "make test": "runs this test",
    "make check": "runs on the code, not in a checkout of its own: test_make_runs_what_the_tests_run",
    "make mutants": "takes hours, before a release",
    "make ui": "tests/browser/test_ui_command.py",
    "mgiqa serve": "runs until it is stopped: tests/registry/test_serving.py",
    "mgiqa score data/raw/kadid10k/images/I04_03_01.png": "test_readme_shows_what_a_command_prints",
    "python benchmarks/mutants.py": "takes hours, before a release",
    "mutmut": "needs what `make mutants` leaves",
    "pip install": "changes the environment that the tests run in",
    "HF_HUB_OFFLINE=0 dvc repro base": "needs a network; what it fetches is named in the preset, which doctor builds",
    "source .venv/bin/activate": "the tests have an environment of their own",
    "dvc exp run": "tests/end_to_end/test_experiments.py; what it sets is read here",
    "dvc exp apply": "needs the experiment before it; it is DVC's own",
    "dvc exp push": "needs a second machine; it is DVC's own",
    "dagster sensor start": "tests/orchestration/test_automation.py ticks what it switches on",
    "dagster schedule start": "the same",
    "mgiqa rollback": "no champion came before this one: tests/registry/test_promotion.py",
}
"""How commands that are not run here begin → where they are, or why not."""

CHEAPER = {"mgiqa ablate": "--dry"}
"""How a command begins → what is added so that it checks all and trains nothing."""

MEANT = {
    "mgiqa preset use NAME": "mgiqa preset use tiny-cpu",
    "dvc config --local cache.dir FOLDER": "dvc config --local cache.dir ../store",
}
"""What a reader types for a word in capitals."""

ANSWERS = {"mgiqa doctor": (0, 1)}
"""How a command begins → exit statuses that are an answer, where there are several: 1 says that a run would fail."""

SBATCH = "#!/bin/sh\nexec bash -n $1\n"


def about(command: str, table: dict) -> object:
    """What a table says of commands that begin so; None if nothing."""
    return next((said for start, said in table.items() if f"{command} ".startswith(f"{start} ")), None)


@pytest.fixture
def visited(finished: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The finished checkout as the current folder, its files put back afterwards, on a machine with a Slurm."""
    (tmp_path / "sbatch").write_text(SBATCH)
    (tmp_path / "sbatch").chmod(0o755)
    for name, value in finished.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.chdir(finished.root)
    kept = {name: (finished.root / name).read_bytes() for name in ("params.yaml", ".dagster/dagster.yaml")}
    yield finished
    for name, content in kept.items():
        (finished.root / name).write_bytes(content)
    for name in ("job.sbatch", "photo.jpg", ".dvc/config.local"):
        (finished.root / name).unlink(missing_ok=True)


def typed(command: str) -> tuple[int, str]:
    """Exit status and output. The program itself runs in this process, which has loaded what it needs."""
    words = shlex.split(command)
    if words[0] == "mgiqa" and not set("|&><") & set(command):
        done = CliRunner().invoke(app, words[1:], prog_name="mgiqa")
        return done.exit_code, f"{done.output}{done.exception or ''}"
    shell = subprocess.run(["bash", "-c", command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return shell.returncode, shell.stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in COMMANDS if about(command, NOT_HERE) is None])
def test_a_command_of_a_document_does_what_it_says(command: str, visited: Checkout) -> None:
    status, said = typed(f"{MEANT.get(command, command)} {about(command, CHEAPER) or ''}".strip())
    assert status in (about(command, ANSWERS) or (0,)), said[-3000:]


def test_what_is_not_run_stands_in_a_document_still() -> None:
    for table in (NOT_HERE, CHEAPER, MEANT, ANSWERS):
        assert [start for start in table if not any(about(command, {start: True}) for command in COMMANDS)] == []


@pytest.mark.parametrize("command", [command for command in COMMANDS if re.search(r" (-S|--set-param) ", command)])
def test_an_experiment_sets_what_is_a_setting(command: str) -> None:
    for setting in re.findall(r"(?:-S|--set-param) (\S+)", command):
        name, _, value = setting.partition("=")
        nested = yaml.safe_load(value)
        for key in reversed(name.split(".")):
            nested = {key: nested}
        check_settings(nested)


def shown_in(name: str, *, beginning: str) -> Block:
    """The block of a document whose text begins so."""
    return next(block for block in read_blocks(name) if block.text.startswith(beginning))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "beginning"), [("mgiqa status", "SRCC on unseen"), (None, "$ source .venv/bin/activate\n$ mgiqa score")]
)
def test_readme_shows_what_a_command_prints(command: str | None, beginning: str, visited: Checkout) -> None:
    block = shown_in(README, beginning=beginning)
    _, said = typed(command or block.commands[-1])
    printed = iter(form(said))
    assert [line for line in form(block.output) if line not in printed] == [], said


@pytest.mark.slow
def test_the_example_in_python_scores_a_photo(visited: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    photo = next((visited.root / "data" / "raw" / "spaq").rglob("*.jpg"))
    (visited.root / "photo.jpg").write_bytes(photo.read_bytes())
    exec(shown_in(README, beginning="from mgiqa import").text, {})
    overall, _, reason = capsys.readouterr().out.partition(" ")
    assert overall == "None" or (1 <= float(overall) <= 5 and reason.strip())


def settings_of(name: str) -> Iterator[dict]:
    """What a document says of params.yaml: neither Dagster's settings nor a plan."""
    for block in read_blocks(name):
        content = yaml.safe_load(block.text) if block.is_settings else {}
        if not {"run_launcher", "arms"} & set(content):
            yield content


@pytest.mark.parametrize("name", TUTORIALS)
def test_settings_of_a_document_are_settings(name: str) -> None:
    for settings in settings_of(name):
        check_settings(settings)


def test_the_settings_of_documents_are_found() -> None:
    assert sum(bool(settings) for name in TUTORIALS for settings in settings_of(name)) >= 5


def test_make_runs_what_the_tests_run() -> None:
    def recipe(target: str) -> list[str]:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        return re.findall(r"^\t@(.+)$", re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.M)[1], re.M)

    assert recipe("demo") == ["dvc repro", "mgiqa promote", "mgiqa status"]
    site = "mkdocs build --strict"
    assert recipe("check") == [
        "ruff format --check .",
        "ruff check .",
        "mypy",
        "lint-imports --no-logo",
        site,  # --quiet would hide from --strict what it warns of
    ]
    assert recipe("docs") == [site]
    assert recipe("test") == ["pytest --numprocesses auto --maxprocesses 4"]
    assert recipe("ui") == ["mgiqa ui"]


@pytest.mark.parametrize("span", SPANS)
def test_a_command_in_a_sentence_exists_with_its_options(span: str) -> None:
    command: click.Command = typer.main.get_command(app)
    for word in span.split()[1:]:
        if isinstance(command, click.Group) and not word.startswith("-"):
            assert word in command.commands, f"{word} is none of {', '.join(command.commands)}"
            command = command.commands[word]
        elif word.startswith("--"):
            known = [option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)]
            assert word.partition("=")[0] in known
