"""The proof that splits are disjoint, on a manifest and on labels alone."""

import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest

from mgiqa.datasets.catalogue import find
from mgiqa.datasets.manifest import MANIFEST_COLUMNS
from mgiqa.datasets.schema import MANIFEST
from mgiqa.datasets.split.check import check_labels, check_manifest
from mgiqa.errors import DataError, MissingInput, SettingsError
from mgiqa.workspace import Workspace
from tests.datasets.layouts import kadid_rows, write_image, write_kadid

ROWS = [
    # dataset, content, split, bytes of the file
    ("a", "a/x", "train", 1),
    ("a", "a/x", "train", 2),
    ("a", "a/y", "val", 3),
    ("a", "a/z", "test", 4),
    ("b", "b/x", "train", 5),
    ("b", "b/x", "test", 5),
    ("b", "b/y", "val", 4),
]
"""Dataset a is disjoint; in b a content and its file are in two splits, and a file of it is one of a's test files."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    table = pd.DataFrame(ROWS, columns=["dataset", "content", "split", "file"])
    names = [f"{row}.png" for row in range(len(ROWS))]
    digests = [hashlib.sha256(bytes([file])).hexdigest() for file in table["file"]]
    table = table.assign(image_id=table["dataset"] + "/" + names, path=names, sha256=digests)
    for name, file in zip(names, table["file"], strict=True):
        write_image(tmp_path / name, seed=file)
    (tmp_path / "params.yaml").touch()
    workspace = Workspace(tmp_path)
    workspace.normalized.mkdir(parents=True)
    table.reindex(columns=MANIFEST_COLUMNS).to_parquet(workspace.normalized / MANIFEST)
    return workspace


def test_a_disjoint_dataset_is_counted_by_rows_and_contents_of_each_split(workspace: Workspace) -> None:
    assert check_manifest(workspace, "a", near=False) == {
        "disjoint": True,
        "splits": {
            "train": {"rows": 2, "contents": 1},
            "val": {"rows": 1, "contents": 1},
            "test": {"rows": 1, "contents": 1},
        },
        "leaking_rows": {"content": 0, "sha256": 0},
        "warnings": [],
    }


def test_a_dataset_with_a_content_in_two_splits_is_not_disjoint(workspace: Workspace) -> None:
    found = check_manifest(workspace, "b", near=False)
    assert not found["disjoint"]
    assert found["leaking_rows"] == {"content": 1, "sha256": 1}


def test_without_a_name_all_datasets_are_held_against_each_other(workspace: Workspace) -> None:
    found = check_manifest(workspace, None, near=False)
    assert found["leaking_rows"] == {"content": 1, "sha256": 2}
    assert found["splits"]["train"] == {"rows": 3, "contents": 2}


def test_images_are_looked_at_only_where_that_is_asked_for(workspace: Workspace) -> None:
    (workspace.root / "3.png").write_bytes((workspace.root / "0.png").read_bytes())
    assert check_manifest(workspace, "a", near=False)["warnings"] == []
    found = check_manifest(workspace, "a", near=True)
    assert found["warnings"] == ["a/0.png and a/3.png look alike, but are in two splits."]
    assert found["disjoint"]


def test_the_images_of_one_dataset_are_found_whatever_stands_before_them(workspace: Workspace) -> None:
    (workspace.root / "6.png").write_bytes((workspace.root / "4.png").read_bytes())
    found = check_manifest(workspace, "b", near=True)
    pairs = ["b/4.png and b/6.png", "b/5.png and b/6.png"]  # 4 and 5 are one content
    assert found["warnings"] == [f"{pair} look alike, but are in two splits." for pair in pairs]


def test_a_dataset_that_the_manifest_lacks_is_answered_with_those_it_has(workspace: Workspace) -> None:
    with pytest.raises(DataError, match=re.escape("the manifest has no dataset 'c'; it has a, b.")):
        check_manifest(workspace, "c", near=False)


def test_without_a_manifest_the_command_that_makes_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="dvc repro normalize"):
        check_manifest(Workspace(tmp_path), None, near=False)


@pytest.fixture
def kadid(tmp_path: Path) -> Path:
    return write_kadid(tmp_path, kadid_rows(20, 2))


@pytest.mark.parametrize("split", ["", "content"])
def test_labels_alone_are_split_by_content_with_the_shares_of_normalize(kadid: Path, split: str) -> None:
    found = check_labels(find("kadid10k"), kadid, split, "")
    assert found["disjoint"]
    assert found["leaking_rows"] == {"content": 0}
    assert list(found["splits"]) == ["train", "val", "test"]
    contents = {name: part["contents"] for name, part in found["splits"].items()}
    assert contents == {"train": 12, "val": 3, "test": 5}
    assert {name: part["rows"] for name, part in found["splits"].items()} == {
        name: 2 * number for name, number in contents.items()
    }


def test_a_public_split_is_taken_as_it_is(kadid: Path) -> None:
    found = check_labels(find("kadid10k"), kadid, "visualquality_r1", "")
    assert found["splits"] == {
        "train": {"rows": 38, "contents": 19},
        "val": {"rows": 0, "contents": 0},
        "test": {"rows": 2, "contents": 1},
    }
    assert found["disjoint"]


def test_rows_that_the_lists_of_a_split_leave_out_are_in_none(tmp_path: Path) -> None:
    names = [f"glide_normal_{prompt:03d}.jpg" for prompt in range(5)]
    rows = [f"{name},prompt,,,,,3.1,0.4,2.5,0.3" for name in names]
    header = "name,prompt,adj1,adj2,style,source,mos_quality,std_quality,mos_align,std_align"
    (tmp_path / "data.csv").write_text("\n".join([header, *rows]))
    for part, listed in {"train": names[:2], "test": names[2:3]}.items():
        (tmp_path / f"{part}_split_1.json").write_text(" ".join(listed))
    found = check_labels(find("agiqa3k"), tmp_path, "q_align_1", str(tmp_path))
    assert {name: part["rows"] for name, part in found["splits"].items()} == {
        "train": 2, "val": 0, "test": 1, "none": 2,
    }  # fmt: skip


def test_an_unknown_dataset_or_split_is_refused_by_name(kadid: Path) -> None:
    with pytest.raises(SettingsError, match="kadid11k"):
        check_labels(find("kadid11k"), kadid, "", "")
    with pytest.raises(SettingsError, match="no split 'liqe'"):
        check_labels(find("kadid10k"), kadid, "liqe", "")
