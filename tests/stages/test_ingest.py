"""Ingest: whole or not at all, from any source, and again from where it stopped."""

import resource
from pathlib import Path

import pytest

from mgiqa.datasets.schema import RECORD_COLUMNS, read_table
from mgiqa.errors import DataError, SettingsError, SourceError
from mgiqa.execution.runner import run_stage
from mgiqa.records import Summary
from mgiqa.workspace import Workspace
from tests.datasets.layouts import kadid_rows, write_image, write_kadid, write_params

ROOM = 1 << 20


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    write_kadid(tmp_path / "download")
    return Workspace(write_params(tmp_path / "workspace", "kadid10k", "../download"))


def ingest(workspace: Workspace, dataset: str = "kadid10k") -> Summary:
    return run_stage("ingest", workspace, dataset)


def test_the_result_holds_official_files_and_records_in_one_schema(workspace: Workspace) -> None:
    summary = ingest(workspace)
    records = read_table(workspace.raw("kadid10k") / "records.parquet")
    assert list(records.columns) == RECORD_COLUMNS
    assert len(records) == len(kadid_rows()) == summary.facts["rows"]
    assert records["image_id"].is_monotonic_increasing
    assert records["path"][0] == "data/raw/kadid10k/images/I01_01_01.png"
    assert all((workspace.root / path).is_file() for path in records["path"])
    assert (workspace.raw("kadid10k") / "dmos.csv").is_file()
    assert summary.facts["layout"] == "official"
    assert not summary.blocked


def test_running_it_again_gives_the_same_bytes(workspace: Workspace) -> None:
    def content() -> dict[str, bytes]:
        ingest(workspace)
        folder = workspace.raw("kadid10k")
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert content() == content()


def test_nothing_is_left_in_the_work_folder(workspace: Workspace) -> None:
    ingest(workspace)
    assert list((workspace.home / ".work").iterdir()) == []


def test_in_a_copy_of_the_checkout_a_relative_source_is_that_of_the_checkout(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ``dvc exp run --temp`` works, which names the checkout in ``DVC_ROOT``."""
    copy = Workspace(tmp_path / "some" / "where" / "else")
    copy.root.mkdir(parents=True)
    copy.params.write_bytes(workspace.params.read_bytes())
    monkeypatch.setenv("DVC_ROOT", str(workspace.root))
    assert ingest(copy).facts["rows"] == len(kadid_rows())
    assert copy.raw("kadid10k").is_dir()


def test_the_download_is_not_touched(workspace: Workspace, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "download").rglob("*")}
    ingest(workspace)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "download").rglob("*")} == before


def test_a_run_that_failed_half_way_goes_on_where_it_was_and_left_nothing_half_written(
    workspace: Workspace, tmp_path: Path
) -> None:
    blocked = tmp_path / "download" / "images" / "I06_01_03.png"
    content = blocked.read_bytes()
    blocked.write_bytes(content + bytes(2 * ROOM))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))  # as on a disk that is full
    try:
        with pytest.raises(OSError):
            ingest(workspace)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not workspace.raw("kadid10k").exists()
    (journal,) = (workspace.home / ".work").glob("*/journal.jsonl")
    done = len(journal.read_text().splitlines())
    assert 0 < done < len(kadid_rows())
    copied = {path.name: path.stat().st_ino for path in (journal.parent / "files" / "images").glob("*.png")}
    blocked.write_bytes(content)
    ingest(workspace)
    result = {path.name: path.stat().st_ino for path in (workspace.raw("kadid10k") / "images").iterdir()}
    assert len(result) == len(kadid_rows())
    assert sum(result[name] == inode for name, inode in copied.items()) >= done


def test_few_missing_images_are_kept_as_rows_without_a_file(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "download" / "images" / "I01_01_01.png").unlink()
    write_params(workspace.root, "kadid10k", "../download, max_missing: 0.1")
    summary = ingest(workspace)
    records = read_table(workspace.raw("kadid10k") / "records.parquet")
    assert records["path"].isna().tolist() == [True] + [False] * 17
    assert not summary.blocked
    assert "1 of 18 images that the labels name are missing (5.56%, limit 10.00%, first kadid10k/I01_01_01.png)" in (
        summary.checks[0].description
    )


def test_many_missing_images_block_what_comes_next(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "download" / "images" / "I01_01_01.png").unlink()
    assert [check.name for check in ingest(workspace).blocked] == ["files_complete"]


def test_a_part_of_a_dataset_is_taken_where_it_is_declared_one(workspace: Workspace, tmp_path: Path) -> None:
    for file in (tmp_path / "download" / "images").glob("I0[345]*"):
        file.unlink()
    write_params(workspace.root, "kadid10k", "../download, partial: true")
    summary = ingest(workspace)
    assert (summary.facts["rows"], summary.facts["images missing"]) == (9, 9)
    assert not summary.blocked


def test_a_wrong_root_says_which_file_was_looked_for_and_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "download" / "images").rename(tmp_path / "download" / "pictures")
    with pytest.raises(SourceError, match=r"looked for images/I01_01_01\.png"):
        ingest(workspace)
    assert not (workspace.data / "raw").exists() or not list((workspace.data / "raw").iterdir())


def test_a_failed_ingest_leaves_the_old_result(workspace: Workspace, tmp_path: Path) -> None:
    ingest(workspace)
    before = (workspace.raw("kadid10k") / "records.parquet").read_bytes()
    (tmp_path / "download" / "dmos.csv").write_text("nothing,here\n1,2\n")
    with pytest.raises(DataError, match="has no column 'dist_img', 'ref_img', 'dmos', 'var'"):
        ingest(workspace)
    assert (workspace.raw("kadid10k") / "records.parquet").read_bytes() == before


def test_a_dataset_that_is_not_listed_or_not_known_is_refused(workspace: Workspace) -> None:
    with pytest.raises(SettingsError, match="does not list spaq"):
        ingest(workspace, "spaq")
    write_params(workspace.root, "kadid10", "../download")
    with pytest.raises(SettingsError, match="did you mean kadid10k"):
        ingest(workspace, "kadid10")


def test_a_wrong_parameter_name_is_refused_with_the_right_one(workspace: Workspace) -> None:
    write_params(workspace.root, "kadid10k", "../download", "validate: {max_quarantin: 0.1}\n")
    with pytest.raises(SettingsError, match=r"validate.max_quarantin is no setting \(did you mean max_quarantine\?\)"):
        ingest(workspace)


def test_a_table_of_ones_own_is_read_by_the_columns_that_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    for index in range(4):
        write_image(folder / "pictures" / f"{index}.png", index)
    (folder / "scores.csv").write_text(
        "file;score;spread;crisp;scene;part\n"
        + "".join(f"{index}.png;{index * 10};5;{90 - index};s{index // 2};test\n" for index in range(4))
    )
    columns = (
        "{labels: scores.csv, delimiter: ';', images: pictures, image: file, mos: {overall: score, sharpness: crisp}, "
        "std: {overall: spread}, content: scene, split: part, lowest: 0, highest: 100, higher_is_better: false}"
    )
    workspace = Workspace(write_params(tmp_path / "workspace", "holiday", f"../mine, custom: {columns}"))
    summary = ingest(workspace, "holiday")
    records = read_table(workspace.raw("holiday") / "records.parquet")
    assert records["mos_overall"].tolist() == [0, 10, 20, 30]
    assert records["std_overall"].tolist() == [5] * 4
    assert records["mos_sharpness"].tolist() == [90, 89, 88, 87]
    assert records["content"].tolist() == ["holiday/s0", "holiday/s0", "holiday/s1", "holiday/s1"]
    assert set(records["split"]) == {"test"}
    assert [row["scale"] for row in summary.tables["Scores as declared"]] == ["0–100 ↓", "0–100 ↓"]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("{mos: {overall: quality}}", "labels.csv has no column 'quality'; its columns are 'image', 'mos'"),
        ("{labels: other.csv}", r"holds no labels of mine \(looked for other.csv\)"),
        ("{mos: {sharpness: mos}}", "mos must name the column of overall"),
        ("{mos: {overall: mos, crispness: x}}", "crispness is no attribute; the attributes are sharpness"),
        ("{per_content: true}", "per_content needs the column content, and no split"),
        ("{per_content: true, content: mos, split: image}", "per_content needs the column content, and no split"),
        ("{labels: /mine/labels.csv}", "labels is '/mine/labels.csv', which does not lie below the source"),
        ("{images: ../images}", "images is '../images', which does not lie below the source"),
        ("{mos: {overall: m*}}", r"labels.csv has no column 'm\*'; its columns are 'image', 'mos'"),
        ("{lowest: 5, highest: 1}", r"lowest \(5.0\) must be less than highest \(1.0\)"),
    ],
)
def test_a_mapping_that_does_not_fit_is_explained(tmp_path: Path, columns: str, said: str) -> None:
    write_image(tmp_path / "mine" / "images" / "a.png")
    (tmp_path / "mine" / "labels.csv").write_text("image,mos\na.png,3\n")
    workspace = Workspace(write_params(tmp_path / "workspace", "mine", f"../mine, custom: {columns}"))
    with pytest.raises((DataError, SettingsError), match=said):
        ingest(workspace, "mine")


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    write_image(tmp_path / "mine" / "images" / "a.png")
    (tmp_path / "mine" / "labels.csv").write_text("image,mos\n")
    workspace = Workspace(write_params(tmp_path / "workspace", "mine", "../mine, custom: {}"))
    with pytest.raises(DataError, match=r"^labels.csv has no rows below its header\. Give one row per image"):
        ingest(workspace, "mine")


def test_a_column_means_what_it_is_called_whatever_its_name_is(tmp_path: Path) -> None:
    write_image(tmp_path / "mine" / "{pictures}" / "a.png")
    (tmp_path / "mine" / "labels.csv").write_text("image,m*,m1\na.png,3,5\n")
    columns = '{images: "{pictures}", mos: {overall: "m*"}}'
    workspace = Workspace(write_params(tmp_path / "workspace", "mine", f"../mine, custom: {columns}"))
    ingest(workspace, "mine")
    assert read_table(workspace.raw("mine") / "records.parquet")["mos_overall"].tolist() == [3]


def test_images_may_lie_beside_the_table(tmp_path: Path) -> None:
    write_image(tmp_path / "mine" / "a.png")
    (tmp_path / "mine" / "labels.csv").write_text("image,mos\na.png,3\n")
    workspace = Workspace(write_params(tmp_path / "workspace", "mine", "../mine, custom: {images: ''}"))
    assert not ingest(workspace, "mine").blocked


@pytest.mark.parametrize("name", ["labels.csv", "images/a.png"])
def test_a_link_to_a_file_outside_is_refused_and_not_copied(tmp_path: Path, name: str) -> None:
    write_image(tmp_path / "mine" / "images" / "a.png")
    (tmp_path / "mine" / "labels.csv").write_text("image,mos\na.png,3\n")
    (tmp_path / "mine" / name).rename(tmp_path / "outside")
    (tmp_path / "mine" / name).symlink_to(tmp_path / "outside")
    workspace = Workspace(write_params(tmp_path / "workspace", "mine", "../mine, custom: {}"))
    with pytest.raises(DataError, match=rf"^{name} in .* reached by a link to .*outside, which is outside the dataset"):
        ingest(workspace, "mine")
    assert not workspace.raw("mine").exists()
