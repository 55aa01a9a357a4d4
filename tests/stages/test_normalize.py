"""Normalize: one manifest, one scale, and splits that nothing crosses."""

import json
from pathlib import Path

import numpy as np
import pytest

from mgiqa.attributes import KEYS
from mgiqa.datasets.manifest import MANIFEST_COLUMNS
from mgiqa.datasets.schema import read_manifest
from mgiqa.errors import DataError, MissingInput
from mgiqa.execution.runner import run_stage
from mgiqa.pipeline import STAGES
from mgiqa.records import Summary
from mgiqa.workspace import Workspace
from tests.datasets.layouts import write_image, write_kadid, write_params

PARAMS = """\
ingest:
  datasets:
    kadid10k: {source: ../kadid}
    mine: {source: ../mine, custom: {lowest: 0, highest: 1, higher_is_better: false, split: part}}
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    base = tmp_path_factory.mktemp("normalize")
    write_kadid(base / "kadid")
    parts = ["train"] * 4 + ["test"] * 3
    rows = [f"{index}.png,{index / 10},{part}" for index, part in enumerate(parts)]
    for index in range(7):
        write_image(base / "mine" / "images" / f"{index}.png", 100 + index)
    # the same photograph in two datasets: its group must not be torn apart
    (base / "mine" / "images" / "6.png").write_bytes((base / "kadid" / "images" / "I01_01_01.png").read_bytes())
    (base / "mine" / "labels.csv").write_text("\n".join(["image,mos,part", *rows]) + "\n")
    (base / "workspace").mkdir()
    (base / "workspace" / "params.yaml").write_text(PARAMS)
    made = Workspace(base / "workspace")
    for dataset in ("kadid10k", "mine"):
        run_stage("ingest", made, dataset)
        run_stage("validate", made, dataset)
    return made


@pytest.fixture(scope="module")
def summary(workspace: Workspace) -> Summary:
    return run_stage("normalize", workspace)


def test_every_check_is_answered_by_its_name(summary: Summary) -> None:
    assert [check.name for check in summary.checks] == list(STAGES["normalize"].checks)
    assert all(check.passed for check in summary.checks)


def test_the_manifest_has_every_column_and_no_row_without_a_split(workspace: Workspace, summary: Summary) -> None:
    manifest = read_manifest(workspace.manifest)
    assert list(manifest.columns) == MANIFEST_COLUMNS
    assert len(manifest) == 25
    assert set(manifest["split"]) == {"train", "val", "test"}
    assert all((workspace.root / path).is_file() for path in manifest["path"])


def test_scores_lie_on_one_scale_and_unlabelled_attributes_are_missing(workspace: Workspace, summary: Summary) -> None:
    manifest = read_manifest(workspace.manifest).set_index("image_id")
    assert manifest.loc["mine/5.png", "mos_overall"] == pytest.approx(3.0)
    assert manifest.loc["mine/5.png", "raw_overall"] == 0.5
    assert manifest["mos_overall"].between(1, 5).all()
    assert all(manifest[f"mos_{key}"].isna().all() for key in KEYS if key != "overall")


def test_a_content_that_shares_a_file_with_an_official_test_image_is_tested_too(
    workspace: Workspace, summary: Summary
) -> None:
    manifest = read_manifest(workspace.manifest)
    same = manifest[manifest["sha256"].duplicated(keep=False)]
    assert len(same) == 2
    assert set(manifest.loc[manifest["content"].isin(same["content"]), "split"]) == {"test"}


def test_the_alignment_names_map_range_direction_and_target(workspace: Workspace, summary: Summary) -> None:
    alignment = json.loads((workspace.normalized / "alignment.json").read_text())
    assert alignment["mine"]["overall"]["slope"] == -4.0
    assert alignment["mine"]["overall"]["target"] == "hard"
    assert alignment["kadid10k"]["overall"]["target"] == "soft"


def test_people_see_rows_contents_and_ranges(summary: Summary) -> None:
    assert summary.facts["rows"] == 25
    splits = {row["dataset"]: row for row in summary.tables["Splits"]}
    assert sum(splits["kadid10k"][f"{split} rows"] for split in ("train", "val", "test")) == 18
    before = {row["dataset"]: row["before"] for row in summary.tables["Scores before and after"]}
    assert before["mine"] == "0.000 to 0.600"


def test_running_it_again_gives_the_same_bytes(workspace: Workspace, summary: Summary) -> None:
    before = {path.name: path.read_bytes() for path in workspace.normalized.iterdir()}
    run_stage("normalize", workspace)
    assert {path.name: path.read_bytes() for path in workspace.normalized.iterdir()} == before


def test_the_columns_of_a_manifest_have_types_that_every_reader_expects(workspace: Workspace, summary: Summary) -> None:
    manifest = read_manifest(workspace.manifest)
    assert all(
        manifest[column].dtype == np.float64 for column in MANIFEST_COLUMNS if column.startswith(("mos", "std", "raw"))
    )


def test_a_dataset_that_was_not_validated_is_named(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("ingest: {datasets: {kadid10k: {}}}\n")
    with pytest.raises(MissingInput, match="dvc repro validate@kadid10k"):
        run_stage("normalize", Workspace(tmp_path))


def test_a_set_whose_scores_compare_inside_contents_alone_is_for_test_alone(tmp_path: Path) -> None:
    names = [f"{index}.png" for index in range(6)]
    for seed, name in enumerate(names):
        write_image(tmp_path / "mine" / "images" / name, seed)
    rows = [f"{name},{index % 3 + 1},s{index // 3}" for index, name in enumerate(names)]
    (tmp_path / "mine" / "labels.csv").write_text("\n".join(["image,mos,scene", *rows]) + "\n", encoding="utf-8")
    custom = "custom: {content: scene, per_content: true}"
    made = Workspace(write_params(tmp_path / "workspace", "mine", f"../mine, {custom}"))
    for stage in ("ingest", "validate"):
        run_stage(stage, made, "mine")
    run_stage("normalize", made)
    manifest = read_manifest(made.manifest)
    assert manifest["per_content"].all()
    assert set(manifest["split"]) == {"test"}
    write_params(made.root, "mine", f"../mine, split: content, {custom}")
    for stage in ("ingest", "validate"):
        run_stage(stage, made, "mine")
    with pytest.raises(
        DataError, match=r"^6 rows of mine are for training.* only inside a content\. Set `split: test`"
    ):
        run_stage("normalize", made)
