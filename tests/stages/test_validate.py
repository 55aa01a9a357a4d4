"""Validate: it always ends well, and says what the next stage may use."""

from pathlib import Path

import pytest

from mgiqa.datasets.schema import read_table
from mgiqa.errors import GateRefused, MissingInput
from mgiqa.execution.runner import run_stage
from mgiqa.pipeline import STAGES
from mgiqa.records import Summary
from mgiqa.workspace import Workspace
from tests.datasets.layouts import kadid_rows, write_image, write_kadid, write_params


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    write_kadid(tmp_path / "download", kadid_rows(20, 5))
    return Workspace(write_params(tmp_path / "workspace", "kadid10k", "../download"))


def validate(workspace: Workspace) -> Summary:
    run_stage("ingest", workspace, "kadid10k")
    return run_stage("validate", workspace, "kadid10k")


def break_images(tmp_path: Path, pattern: str) -> None:
    for file in (tmp_path / "download" / "images").glob(pattern):
        file.write_bytes(file.read_bytes()[:100])


def test_a_clean_dataset_passes_every_check_by_the_names_that_are_known_before(workspace: Workspace) -> None:
    summary = validate(workspace)
    assert [check.name for check in summary.checks] == list(STAGES["validate"].checks)
    assert all(check.passed for check in summary.checks)
    folder = workspace.validated("kadid10k")
    raw = read_table(workspace.raw("kadid10k") / "records.parquet")
    assert read_table(folder / "records.parquet").equals(raw)
    assert len(read_table(folder / "quarantine.parquet")) == 0
    assert {path.name for path in folder.iterdir()} == {
        "records.parquet", "quarantine.parquet", "expectations.json", "expectations.md", "data_docs.html",
        "summary.json",
    }  # fmt: skip


def test_a_corrupt_image_goes_to_quarantine_with_its_reason(workspace: Workspace, tmp_path: Path) -> None:
    break_images(tmp_path, "I07_01_03.png")
    summary = validate(workspace)
    quarantine = read_table(workspace.validated("kadid10k") / "quarantine.parquet")
    assert quarantine["image_id"].tolist() == ["kadid10k/I07_01_03.png"]
    assert quarantine["reason"][0].startswith("image: I07_01_03.png is damaged")
    assert summary.tables["Quarantine"] == [
        {"reason": "its image does not open", "rows": 1, "first": "kadid10k/I07_01_03.png"}
    ]
    assert not summary.blocked


def test_more_quarantine_than_the_limit_ends_well_and_blocks_the_next_stage(
    workspace: Workspace, tmp_path: Path
) -> None:
    break_images(tmp_path, "I0[1-3]_01_0[1-3].png")
    summary = validate(workspace)
    assert [check.name for check in summary.blocked] == ["quarantine"]
    with pytest.raises(GateRefused, match=r"9 of 100 rows set aside \(9.00%, limit 2.00%\).*dvc repro validate@kadid"):
        run_stage("normalize", workspace)
    assert not workspace.normalized.exists()


def test_a_dataset_of_which_nothing_is_left_is_refused_and_not_passed_on_empty(
    workspace: Workspace, tmp_path: Path
) -> None:
    break_images(tmp_path, "*.png")
    write_params(workspace.root, "kadid10k", "../download", "validate: {max_quarantine: 1.0}\n")
    summary = validate(workspace)
    assert summary.facts["clean"] == 0
    assert [check.name for check in summary.blocked] == ["quarantine"]


def test_a_missing_image_is_refused_before_validation_or_set_aside_where_few_may_miss(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "download" / "images" / "I01_01_01.png").unlink()
    assert [check.passed for check in validate(workspace).checks] == [True, True]
    quarantine = read_table(workspace.validated("kadid10k") / "quarantine.parquet")
    assert quarantine["reason"].tolist() == ["its image is missing"]
    for file in (tmp_path / "download" / "images").glob("I02_*"):
        file.unlink()
    with pytest.raises(GateRefused, match="6 of 100 images that the labels name are missing"):
        validate(workspace)


def test_without_ingest_there_is_nothing_to_validate(workspace: Workspace) -> None:
    with pytest.raises(MissingInput, match="dvc repro ingest@kadid10k"):
        run_stage("validate", workspace, "kadid10k")


def test_a_row_that_does_not_say_what_it_must_is_set_aside_and_nothing_is_made_up_for_it(tmp_path: Path) -> None:
    names = [f"{index}.png" for index in range(6)]
    for seed, name in enumerate(names):
        write_image(tmp_path / "mine" / "images" / name, seed)
    rows = [f"{name},{index % 5 + 1},s{index // 2},train" for index, name in enumerate(names)]
    rows[1] = "1.png,2,,train"  # no content
    rows[3] = "3.png,4,s1,tset"  # no split
    rows += [",3,s7,train", ",3,s8,test"]  # no image
    rows[4] = "4.png,5,s2,"  # a cell that is empty leaves the split open
    (tmp_path / "mine" / "labels.csv").write_text("\n".join(["image,mos,scene,part", *rows]) + "\n", encoding="utf-8")
    columns = "../mine, max_missing: 1, custom: {content: scene, split: part}"
    workspace = Workspace(write_params(tmp_path / "workspace", "mine", columns))
    run_stage("ingest", workspace, "mine")
    run_stage("validate", workspace, "mine")
    aside = read_table(workspace.validated("mine") / "quarantine.parquet").set_index("image_id")["reason"]
    assert aside.to_dict() == {
        "mine/1.png": "its content is not known",
        "mine/3.png": "its split is not train, val or test",
        "mine/row 7": "its image is missing",
        "mine/row 8": "its image is missing",
    }
    clean = read_table(workspace.validated("mine") / "records.parquet").set_index("image_id")
    assert clean["content"].to_dict() == {
        "mine/0.png": "mine/s0", "mine/2.png": "mine/s1", "mine/4.png": "mine/s2", "mine/5.png": "mine/s2",
    }  # fmt: skip
    assert clean["split"].tolist() == ["train", "train", "", "train"]
