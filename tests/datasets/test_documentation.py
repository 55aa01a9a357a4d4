"""docs/guides/add-a-dataset.md holds: its examples are understood as they stand, and its commands do what it says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from mgiqa.cli.datasets import app
from mgiqa.datasets.catalogue import find
from mgiqa.datasets.split.public import public_splits
from mgiqa.settings import check_settings
from tests.datasets.holiday import PAGE, SCENES, VERSIONS, documented, examples, write_holiday


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "params.yaml").write_text(yaml.safe_dump(documented()), encoding="utf-8")
    write_holiday(tmp_path / "holiday")
    monkeypatch.chdir(folder)
    return folder


def run(*command: str) -> str:
    done = CliRunner().invoke(app, list(command))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_example_is_understood() -> None:
    assert len(examples()) == 2
    for example in examples():
        for name, source in check_settings(example).ingest.datasets.items():
            assert find(name, source).name == name


def test_what_a_sentence_says_of_settings_is_understood() -> None:
    (split,) = re.findall(r"`(\{split: .+?\})`", PAGE.read_text(encoding="utf-8"))
    source = check_settings({"ingest": {"datasets": {"agiqa3k": yaml.safe_load(split)}}}).ingest.datasets["agiqa3k"]
    assert source.split in public_splits("agiqa3k")
    assert 'higher_is_better: true`, `family: authentic`, `delimiter: ","`' in PAGE.read_text(encoding="utf-8")
    custom = check_settings(documented()).ingest.datasets["holiday"].custom
    assert custom is not None
    assert (custom.higher_is_better, custom.family, custom.delimiter) == (True, "authentic", ",")


def test_its_commands_for_a_dataset_of_ones_own_work_as_they_stand(checkout: Path) -> None:
    commands = re.findall(r"`mgiqa datasets ((?:inspect|show) holiday[^`]*)`", PAGE.read_text(encoding="utf-8"))
    assert [command.split()[0] for command in commands] == ["inspect", "show"]
    inspected, shown = (json.loads(run(*command.split(), "--json")) for command in commands)
    assert (inspected["rows"], inspected["contents"], inspected["quarantined"]) == (SCENES * VERSIONS, SCENES, 0)
    assert (inspected["target"], inspected["range"]) == ("soft", [0, 100])
    scores = shown["layouts"]["custom"]["scores"]
    assert {name: score["target"] for name, score in scores.items()} == {"overall": "soft", "sharpness": "hard"}


def test_its_split_is_checked_like_any_other(checkout: Path) -> None:
    checked = json.loads(run("split-check", "holiday", "--root", "../holiday", "--json"))
    assert checked["disjoint"]
    assert sum(part["contents"] for part in checked["splits"].values()) == SCENES


def test_outside_a_checkout_an_unknown_name_is_refused_with_the_remedy(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mgiqa", "datasets", "inspect", "holiday", "--root", str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True
    )
    assert done.returncode == 78
    assert done.stderr.startswith("mgiqa: the catalogue has no dataset 'holiday'.")
    assert "`custom` section under ingest.datasets in params.yaml" in done.stderr
    assert len(done.stderr.splitlines()) == 1
