"""Splits of public projects, and what they leak."""

import json
from pathlib import Path

import pandas as pd
import pytest

from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.datasets.read.labels import read_labels
from mgiqa.datasets.split.public import PUBLIC_SPLITS, leaks, with_split
from mgiqa.errors import SettingsError, SourceError
from mgiqa.settings.data import Source

KADID, AGIQA = CATALOGUE["kadid10k"], CATALOGUE["agiqa3k"]


def labels(names: list[str], contents: list[str], dataset: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": [f"{dataset}/{name}" for name in names],
            "content": [f"{dataset}/{content}" for content in contents],
            "split": "",
        }
    )


def kadid(*references: str) -> pd.DataFrame:
    return labels([f"{reference}_01_01.png" for reference in references], list(references), "kadid10k")


def test_a_split_of_references_is_disjoint() -> None:
    table = with_split(kadid("I18", "I19", "I66", "I81"), KADID, Source(split="visualquality_r1"), Path())
    assert table["split"].tolist() == ["train", "test", "train", "test"]
    table = with_split(kadid("I18", "I19", "I66", "I81"), KADID, Source(split="q_align"), Path())
    assert table["split"].tolist() == ["train", "train", "test", "test"]
    assert leaks(table) == {"content": 0}


def test_a_split_of_images_is_read_from_its_lists_and_its_leaks_are_counted(tmp_path: Path) -> None:
    names = ["sd1.5_normal_000.jpg", "xl2.2_normal_000.jpg", "glide_normal_001.jpg", "AttnGAN_normal_002.jpg"]
    for part, listed in {"train": names[:2], "test": names[2:]}.items():
        items = [{"img_path": f"agiqa3k/{name}", "gt_score": "2.5"} for name in listed]
        (tmp_path / f"{part}_split_1.json").write_text(json.dumps(items))
    source = Source(split="q_align_1", split_lists=str(tmp_path))
    honest = with_split(labels(names, ["000", "000", "001", "002"], "agiqa3k"), AGIQA, source, Path())
    assert honest["split"].tolist() == ["train", "train", "test", "test"]
    assert leaks(honest) == {"content": 0}
    leaking = with_split(labels(names, ["000", "001", "001", "002"], "agiqa3k"), AGIQA, source, Path())
    assert leaks(leaking) == {"content": 1}


def test_a_whole_dataset_can_be_kept_for_one_purpose() -> None:
    table = kadid("I01", "I02")
    for part in ("train", "test"):
        assert set(with_split(table, KADID, Source(split=part), Path())["split"]) == {part}
    assert set(with_split(table.assign(split="test"), KADID, Source(split="content"), Path())["split"]) == {""}
    assert with_split(table, KADID, Source(), Path()) is table


def test_images_that_no_list_names_are_in_no_part_and_names_are_found_in_any_form(tmp_path: Path) -> None:
    names = ["A_000.JPG", "b_001.jpeg", "c_002.png", "d_003.bmp"]
    (tmp_path / "train_split_2.json").write_text("'here/a_000.jpg';\"B_001.JPEG\"\n")
    (tmp_path / "test_split_2.json").write_text("x/y/d_003.bmp,4.5 not_c_002.png")
    source = Source(split="q_align_2", split_lists=tmp_path.name)
    contents = ["000", "001", "002", "003"]
    table = with_split(labels(names, contents, "agiqa3k").set_axis([7, 5, 3, 1]), AGIQA, source, tmp_path.parent)
    assert table["split"].to_dict() == {7: "train", 5: "train", 3: "", 1: "test"}


def test_leaks_are_counted_by_content_and_where_files_are_known_by_file() -> None:
    table = kadid("I01", "I01", "I02").assign(split=["train", "test", "train"])
    assert leaks(table) == {"content": 1}
    assert leaks(table.assign(sha256=None)) == {"content": 1}
    assert leaks(table.assign(sha256=["a", "b", "b"])) == {"content": 1, "sha256": 1}


def test_an_unknown_split_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="Use one of: content, train, test, visualquality_r1, q_align"):
        with_split(kadid("I01"), KADID, Source(split="liqe"), Path())


def test_a_list_that_is_absent_or_of_another_dataset_is_refused(tmp_path: Path) -> None:
    table = labels(["a_000.jpg"], ["000"], "agiqa3k")
    with pytest.raises(SourceError, match=r"train_split_1.json of a public split is not there"):
        with_split(table, AGIQA, Source(split="q_align_1", split_lists=str(tmp_path)), Path())
    with pytest.raises(SourceError, match="Download it from that project and name its folder in `split_lists`"):
        with_split(table, AGIQA, Source(split="q_align_1", split_lists=str(tmp_path)), Path())
    (tmp_path / "train_split_1.json").write_text('[{"img_path": "livec/1.jpg"}]')
    with pytest.raises(SourceError, match=r"names no image of agiqa3k\. Take it from Q-Align"):
        with_split(table, AGIQA, Source(split="q_align_1", split_lists=str(tmp_path)), Path())


def test_public_splits_of_kadid_leave_no_reference_on_both_sides(real_data: Path) -> None:
    table = read_labels(KADID, real_data / "annotations" / "kadid10k").table
    tests = {"visualquality_r1": 16, "q_align": 16}
    for split in PUBLIC_SPLITS:
        if split.dataset == "kadid10k":
            parts = with_split(table, KADID, Source(split=split.name), Path())
            assert leaks(parts) == {"content": 0}
            assert parts.loc[parts["split"] == "test", "content"].nunique() == tests[split.name]
            assert (parts["split"] == "test").sum() == 16 * 125
