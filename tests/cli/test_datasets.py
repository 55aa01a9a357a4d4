"""`mgiqa datasets`: what it prints, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from mgiqa.cli.datasets import app
from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.datasets.manifest import MANIFEST_COLUMNS
from tests.datasets.layouts import kadid_rows, write_image, write_kadid


def printed(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.stdout


def test_the_list_names_every_dataset() -> None:
    text, rows = printed("list"), json.loads(printed("list", "--json"))
    assert [row["name"] for row in rows] == list(CATALOGUE)
    assert all(name in text for name in CATALOGUE)


def test_showing_a_dataset_states_its_facts() -> None:
    text, card = printed("show", "csiq"), json.loads(printed("show", "csiq", "--json"))
    assert "lower is better" in text
    assert card["rows"] == 866


def test_inspecting_says_what_is_there_and_what_would_be_set_aside(tmp_path: Path) -> None:
    write_kadid(tmp_path)
    (tmp_path / "images" / "I01_01_01.png").unlink()
    seen = json.loads(printed("inspect", "kadid10k", "--root", str(tmp_path), "--json"))
    assert {key: seen[key] for key in ("name", "rows", "contents", "domain", "range", "direction", "quarantined")} == {
        "name": "kadid10k", "rows": 18, "contents": 6, "domain": "synthetic", "range": [1, 5],
        "direction": "higher is better", "quarantined": 1,
    }  # fmt: skip
    assert seen["std"]["available"]
    assert seen["std"]["min"] == seen["std"]["max"] == 0.5
    assert sum(seen["splits"].values()) == 17
    assert any("row_count" in warning for warning in seen["warnings"])


def test_labels_alone_need_no_images(tmp_path: Path) -> None:
    write_kadid(tmp_path)
    for file in (tmp_path / "images").iterdir():
        file.unlink()
    seen = json.loads(printed("inspect", "kadid10k", "--root", str(tmp_path), "--labels-only", "--json"))
    assert (seen["rows"], seen["quarantined"]) == (18, 0)


def test_files_of_another_case_are_found_and_counted(tmp_path: Path) -> None:
    write_kadid(tmp_path)
    image = tmp_path / "images" / "I01_01_01.png"
    image.rename(image.with_name("i01_01_01.PNG"))
    seen = json.loads(printed("inspect", "kadid10k", "--root", str(tmp_path), "--json"))
    assert seen["quarantined"] == 0
    assert "1 file was found under another upper or lower case than the labels say." in seen["warnings"]


def test_a_refusal_is_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mgiqa", "datasets", "inspect", "kadid10k", "--root", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 65
    assert done.stderr.startswith(f"mgiqa: {tmp_path} holds no labels of KADID-10k")
    assert len(done.stderr.splitlines()) == 1


def manifest(folder: Path, splits: list[str], contents: list[str]) -> None:
    names = [f"{index}.png" for index in range(len(splits))]
    rows: dict[str, Any] = {"image_id": [f"a/{name}" for name in names], "dataset": "a", "content": contents}
    rows |= {"split": splits, "path": names, "sha256": names}
    for index, name in enumerate(names):
        write_image(folder / name, index)
    (folder / "data" / "normalized").mkdir(parents=True)
    (folder / "params.yaml").touch()
    pd.DataFrame(rows).reindex(columns=MANIFEST_COLUMNS).to_parquet(folder / "data" / "normalized" / "manifest.parquet")


def test_disjoint_splits_are_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest(tmp_path, ["train", "train", "val", "test"], ["x", "x", "y", "z"])
    monkeypatch.chdir(tmp_path)
    result = json.loads(printed("split-check", "--json"))
    assert result["disjoint"]
    assert result["leaking_rows"] == {"content": 0, "sha256": 0}
    assert result["splits"]["train"] == {"rows": 2, "contents": 1}
    assert result["warnings"] == []


def test_a_leak_ends_with_1_and_look_alikes_are_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest(tmp_path, ["train", "test", "train"], ["x", "x", "y"])
    write_image(tmp_path / "2.png", seed=1, size=(44, 34))
    monkeypatch.chdir(tmp_path)
    result = json.loads(printed("split-check", "--json", code=1))
    assert result["leaking_rows"]["content"] == 1
    assert result["warnings"] == ["a/1.png and a/2.png look alike, but are in two splits."]


def test_a_public_split_is_checked_on_labels_alone(tmp_path: Path) -> None:
    write_kadid(tmp_path, kadid_rows(81, 1))
    arguments = ("split-check", "kadid10k", "--root", str(tmp_path), "--split", "q_align", "--json")
    result = json.loads(printed(*arguments))
    assert result["splits"]["test"] == {"rows": 16, "contents": 16}
    assert result["disjoint"]
