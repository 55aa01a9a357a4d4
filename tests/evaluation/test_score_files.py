"""Tables of every form give the same numbers, and everything that is wrong with one ends in one sentence."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mgiqa.errors import LabelError, SourceError
from mgiqa.evaluation.comparison.score_files import keep_rows, numbers_of, read_score_file

ROWS = [{"image": "a.png", "score": 1.5}, {"image": "b.png", "score": None}, {"image": "ü.png", "score": 3.0}]


def write(folder: Path, form: str) -> Path:
    path = folder / f"scores.{form}"
    table = pd.DataFrame(ROWS)
    if form == "parquet":
        table.to_parquet(path)
    elif form == "json":
        path.write_text(json.dumps(ROWS))
    elif form == "jsonl":
        path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n")
    else:
        table.to_csv(path, sep="\t" if form == "tsv" else ",", index=False, encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("form", ["csv", "tsv", "parquet", "json", "jsonl"])
def test_every_form_gives_the_same_numbers(tmp_path: Path, form: str) -> None:
    path = write(tmp_path, form)
    table = read_score_file(path)
    np.testing.assert_array_equal(numbers_of(table, "score", path.name), [1.5, np.nan, 3.0])
    assert list(table["image"]) == ["a.png", "b.png", "ü.png"]


def test_columns_in_json_and_semicolons_in_csv_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"score": [1, 2], "mos": [NaN, 3]}')
    np.testing.assert_array_equal(numbers_of(read_score_file(tmp_path / "a.json"), "mos", "a.json"), [np.nan, 3])
    (tmp_path / "b.csv").write_text("score;mos\r\n1;2\r\n")
    assert list(read_score_file(tmp_path / "b.csv").columns) == ["score", "mos"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b"score,mos\n", "a.csv has no rows"),
        ("a.csv", b"\xff\xfe\x00", "cannot be read as csv"),
        ("a.parquet", b"no parquet", "cannot be read as parquet"),
        ("a.json", b"[1, 2", "cannot be read as json"),
        ("a.json", b"3", "neither a list of rows nor a mapping"),
        ("a.json", b'{"a": [1], "b": [1, 2]}', "cannot be read as json"),
        ("a.jsonl", b"[", "cannot be read as jsonl"),
    ],
)
def test_a_damaged_file_ends_in_one_sentence(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LabelError, match=sentence):
        read_score_file(tmp_path / name)


def test_a_missing_file_and_an_unknown_form_end_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a file"):
        read_score_file(tmp_path / "a.csv")
    (tmp_path / "a.pkl").write_bytes(b"")
    with pytest.raises(SourceError, match=r"ends in \.pkl.*\.parquet"):
        read_score_file(tmp_path / "a.pkl")


def test_a_missing_column_is_named_with_its_neighbor() -> None:
    with pytest.raises(LabelError, match=r"no column 'scor'; its columns are 'score', 'mos'. Did you mean score\?"):
        numbers_of(pd.DataFrame({"score": [1], "mos": [2]}), "scor", "a.csv")


def test_a_cell_that_is_no_number_is_named() -> None:
    table = pd.DataFrame({"score": ["1.5", "failed", None, "x"], "flag": [True, False, True, True]})
    with pytest.raises(LabelError, match=r"row 2: score is 'failed', not a number \(2 such rows\)"):
        numbers_of(table, "score", "a.csv")
    with pytest.raises(LabelError, match="holds bool values"):
        numbers_of(table, "flag", "a.csv")


def test_nullable_integers_and_text_digits_are_numbers() -> None:
    table = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": ["1e1", " 2 "]})
    np.testing.assert_array_equal(numbers_of(table, "a", "x"), [1, np.nan])
    np.testing.assert_array_equal(numbers_of(table, "b", "x"), [10, 2])


def test_rows_are_kept_by_their_text_and_an_empty_choice_is_refused() -> None:
    table = pd.DataFrame({"model": ["a", "b", "b"], "answer": [0, 0, 1]})
    assert len(keep_rows(table, {"model": "b", "answer": "1"}, "x")) == 1
    with pytest.raises(LabelError, match=r"no row with model = 'c'.*'a', 'b'"):
        keep_rows(table, {"model": "c"}, "x")
