"""Label files: every form is read as it is published, and a wrong one is refused in one sentence."""

from pathlib import Path

import h5py
import numpy as np
import openpyxl
import pandas as pd
import pytest
import scipy.io

from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.datasets.catalogue.facts import Table
from mgiqa.datasets.read.label_files import read_label_file
from mgiqa.datasets.read.labels import read_labels
from mgiqa.errors import LabelError
from tests.datasets.layouts import KADID_HEADER, kadid_rows, write_kadid

KADID = CATALOGUE["kadid10k"]


def sentence(folder: Path, name: str = "kadid10k") -> str:
    """What reading the labels of a faulty dataset says."""
    with pytest.raises(LabelError) as refusal:
        read_labels(CATALOGUE[name], folder)
    assert "\n" not in str(refusal.value)
    assert refusal.value.remedy
    return str(refusal.value)


def test_a_missing_column_is_named_together_with_those_that_are_there(tmp_path: Path) -> None:
    rows = [row.rpartition(",")[0] for row in kadid_rows()]
    write_kadid(tmp_path, rows, header="dist_img,ref_img,dmos")
    assert "dmos.csv has no column 'var'; its columns are 'dist_img', 'ref_img', 'dmos'" in sentence(tmp_path)


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolon"), ("=", "equals sign"), ("\t", "tab")])
def test_a_wrong_delimiter_is_recognized(tmp_path: Path, mark: str, name: str) -> None:
    write_kadid(tmp_path)
    file = tmp_path / "dmos.csv"
    file.write_text(file.read_text().replace(",", mark))
    assert f"separated by {name}, not by comma" in sentence(tmp_path)


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    unix = read_labels(KADID, write_kadid(tmp_path / "unix")).table
    windows = write_kadid(tmp_path / "windows", end="\r\n")
    (windows / "dmos.csv").write_bytes(b"\xef\xbb\xbf" + (windows / "dmos.csv").read_bytes())
    assert read_labels(KADID, windows).table.equals(unix)


def test_a_table_delimited_by_equals_signs_is_read_where_it_is_declared(tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_text("image_id=score\na.jpg=3\nb, c.jpg=4\n")
    table = read_label_file(
        Table(("votes.csv",), columns={"image": "image_id", "score": "score"}, delimiter="="), tmp_path
    )
    assert table.values.tolist() == [["a.jpg", "3"], ["b, c.jpg", "4"]]


def test_a_missing_sheet_is_named_together_with_those_that_are_there(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Sheet2"  # type: ignore[union-attr]
    book.save(tmp_path / "csiq.DMOS.xlsx")
    assert "csiq.DMOS.xlsx has no sheet 'all_by_image'; its sheets are 'Sheet2'" in sentence(tmp_path, "csiq")


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 torn"])
def test_an_unreadable_workbook_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations" / "MOS and Image attribute scores.xlsx").write_bytes(content)
    assert "MOS and Image attribute scores.xlsx cannot be read as a spreadsheet" in sentence(tmp_path, "spaq")


def test_whole_numbers_of_a_workbook_stay_whole_so_that_names_can_be_made_of_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["number", "score"], [1.0, 2.5], [20, 3]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "grades.xlsx")
    table = read_label_file(Table(("grades.xlsx",), "excel", {"number": "number", "score": "score"}), tmp_path)
    assert [f"{number:04d}" for number in table["number"]] == ["0001", "0020"]


def write_clive_73(folder: Path, names: list[str], scores: list[float]) -> None:
    """CLIVE's files as MATLAB 7.3 (HDF5) writes them: a cell array is a matrix of references."""
    (folder / "Data").mkdir(parents=True)
    with h5py.File(folder / "Data" / "AllImages_release.mat", "w", userblock_size=512) as file:
        cells = file.create_dataset("AllImages_release", (1, len(names)), dtype=h5py.ref_dtype)
        for index, name in enumerate(names):
            text = np.array([[ord(letter)] for letter in name], dtype=np.uint16)
            cells[0, index] = file.create_dataset(f"#refs#/{index}", data=text).ref
    with h5py.File(folder / "Data" / "AllMOS_release.mat", "w", userblock_size=512) as file:
        file["AllMOS_release"] = np.array(scores)[:, None]
    for file_73 in (folder / "Data").iterdir():
        with file_73.open("r+b") as stream:
            stream.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


def test_files_of_matlab_7_3_are_read_like_those_of_matlab_5(tmp_path: Path) -> None:
    names, scores = ["t1.bmp", "100.bmp", "1001.JPG"], [63.5, 32.5, 80.25]
    write_clive_73(tmp_path / "new", names, scores)
    old = tmp_path / "old" / "Data"
    old.mkdir(parents=True)
    scipy.io.savemat(old / "AllImages_release.mat", {"AllImages_release": np.array(names, dtype=object)[:, None]})
    scipy.io.savemat(old / "AllMOS_release.mat", {"AllMOS_release": np.array([scores])})
    new_labels, old_labels = (read_labels(CATALOGUE["clive"], tmp_path / kind) for kind in ("new", "old"))
    assert new_labels.table["mos_overall"].tolist() == [32.5, 80.25]
    assert new_labels.table.equals(old_labels.table)


def test_a_damaged_matlab_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    write_clive_73(tmp_path, ["100.bmp"], [50.0])
    (tmp_path / "Data" / "AllMOS_release.mat").write_bytes(b"MATLAB 5.0 MAT-file, torn")
    assert "AllMOS_release.mat cannot be read as a MATLAB file" in sentence(tmp_path, "clive")


def test_files_of_two_releases_are_not_joined_by_position(tmp_path: Path) -> None:
    write_clive_73(tmp_path, ["100.bmp", "1001.JPG"], [50.0])
    assert "AllMOS_release.mat has 1 rows, but the file it belongs to has 2" in sentence(tmp_path, "clive")


def test_text_that_is_no_number_becomes_a_missing_score_and_not_a_guess(tmp_path: Path) -> None:
    write_kadid(tmp_path, ["I01_01_01.png,I01.png,n/a,0.25", "I01_01_02.png,I01.png,3.5,0.25"])
    assert read_labels(KADID, tmp_path).table["mos_overall"].isna().tolist() == [True, False]


def test_an_empty_folder_says_what_was_looked_for(tmp_path: Path) -> None:
    assert "holds no labels of KADID-10k (looked for dmos.csv)" in sentence(tmp_path)


def test_labels_are_found_in_the_folder_that_an_archive_wraps_around_them(tmp_path: Path) -> None:
    write_kadid(tmp_path / "download" / "kadid10k")
    assert read_labels(KADID, tmp_path).root == tmp_path / "download" / "kadid10k"


def test_a_name_that_belongs_to_no_content_is_refused(tmp_path: Path) -> None:
    write_kadid(tmp_path, [row.replace("I01.png", "I01") for row in kadid_rows(1)], header=KADID_HEADER)
    assert "'I01' is no name of KADID-10k" in sentence(tmp_path)


def test_a_parquet_file_whose_text_is_no_utf8_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "labels.parquet"
    pd.DataFrame({"image": ["a.jpg", "b.jpg"]}).to_parquet(file, compression="none", write_statistics=False)
    file.write_bytes(file.read_bytes().replace(b"b.jpg", b"\xff.jpg"))
    with pytest.raises(LabelError, match=r"labels\.parquet cannot be read"):
        read_label_file(Table((file.name,), form="parquet", columns={"image": "image"}), tmp_path)


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_a_table_that_is_damaged_anywhere_is_read_or_refused_in_one_sentence(form: str, tmp_path: Path) -> None:
    """Readers check little and stumble: a flipped byte has ended in errors of zlib, of types and of keys."""
    file = tmp_path / f"labels.{form}"
    frame = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "mos": [1.0, 2.0]})
    frame.to_excel(file, index=False) if form == "xlsx" else frame.to_parquet(file)
    whole = file.read_bytes()
    table = Table((file.name,), form="excel" if form == "xlsx" else "parquet", columns={"image": "image"})
    for place in range(7, len(whole), len(whole) // 60):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            assert len(read_label_file(table, tmp_path))
        except LabelError as error:
            assert "\n" not in str(error)
            assert len(str(error)) < 300
