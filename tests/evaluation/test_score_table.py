"""The score table of a model, and what it takes to compare two models on the same images."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mgiqa.attributes import KEYS
from mgiqa.errors import DataError
from mgiqa.evaluation.comparison.score_table import SCORE_COLUMNS, score_table, scores_for, verify_images
from mgiqa.evaluation.results.predictions import LABELS, SCORES

IMAGES = ["a/2.png", "a/1.png", "b/1.png"]
"""Not in order, and as many as there are hashes."""
SAID = {"a/1.png": [2.0, 4.0], "a/2.png": [1.5, np.nan], "b/1.png": [np.nan, np.nan]}
"""The overall scores of two answers each."""


def manifest(folder: Path) -> pd.DataFrame:
    """Where the images lie, more of them than were scored."""
    rows = []
    for number, image in enumerate([*IMAGES, "c/1.png"]):
        file = folder / "raw" / image
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes([number]) * 10)
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        rows.append({"image_id": image, "sha256": sha256, "path": f"raw/{image}", "split": "test"})
    return pd.DataFrame(rows)


def predictions() -> pd.DataFrame:
    rows = []
    for image in IMAGES:
        for number, score in enumerate(SAID[image]):
            known = {
                "model": "policy",
                "image_id": image,
                "dataset": image[0],
                "content": f"{image}!",
                "per_content": False,
                "overall": "direct",
            }
            labels = dict.fromkeys(LABELS, 3.0) | {"mos_overall": 1.0 + IMAGES.index(image)}
            scores = dict.fromkeys(SCORES, 5.0) | {"score_overall": score}
            rows.append(known | labels | scores | {"answer": number, "failure": None})
    return pd.DataFrame(rows)


@pytest.fixture
def made(tmp_path: Path) -> pd.DataFrame:
    return score_table(predictions(), manifest(tmp_path))


def test_an_entry_has_a_row_for_each_image_with_the_mean_of_the_overall_scores_that_could_be_read(
    made: pd.DataFrame, tmp_path: Path
) -> None:
    assert tuple(made.columns) == SCORE_COLUMNS
    assert "overall" in KEYS
    assert made["image_id"].tolist() == ["a/1.png", "a/2.png", "b/1.png"]
    assert made.index.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(made["score"], [3.0, 1.5, np.nan])
    assert made["mos"].tolist() == [2.0, 1.0, 3.0]
    assert made["dataset"].tolist() == ["a", "a", "b"]
    assert made["content"].tolist() == ["a/1.png!", "a/2.png!", "b/1.png!"]
    for path, digest in zip(made["path"], made["sha256"], strict=True):
        assert hashlib.sha256((tmp_path / path).read_bytes()).hexdigest() == digest


def test_an_image_that_the_manifest_names_twice_is_no_entry(tmp_path: Path) -> None:
    twice = pd.concat([manifest(tmp_path)] * 2)
    with pytest.raises(pd.errors.MergeError):
        score_table(predictions(), twice)


def test_the_scores_of_a_champion_come_with_the_rows_and_labels_of_the_challenger(made: pd.DataFrame) -> None:
    kept = made.assign(score=[1.0, 2.0, 3.0], mos=9.0, path="elsewhere", content="other").sample(frac=1, random_state=0)
    more = pd.concat([kept, kept.iloc[:1].assign(image_id="d/1.png")])
    found = scores_for(made, more)
    pd.testing.assert_frame_equal(found, made.assign(score=[1.0, 2.0, 3.0]))
    assert tuple(found.columns) == SCORE_COLUMNS


def test_an_image_without_a_readable_answer_was_scored_all_the_same(made: pd.DataFrame) -> None:
    found = scores_for(made, made)
    assert np.isnan(found["score"].iloc[2])


def test_a_champion_that_has_not_seen_an_image_or_another_one_by_its_name_has_no_scores(made: pd.DataFrame) -> None:
    assert scores_for(made, made.iloc[1:]) is None
    assert scores_for(made, made.assign(sha256=made["sha256"].iloc[[0, 2, 1]].to_numpy())) is None
    assert scores_for(made, made.assign(image_id=["a/1.png", "a/2.png", "b/2.png"])) is None


def test_a_champion_with_two_scores_for_an_image_is_not_compared(made: pd.DataFrame) -> None:
    with pytest.raises(pd.errors.MergeError):
        scores_for(made, pd.concat([made, made]))


def test_images_that_lie_where_they_were_are_verified(made: pd.DataFrame, tmp_path: Path) -> None:
    verify_images(made, tmp_path)


def test_images_that_are_missing_or_changed_are_counted_and_the_first_is_named(
    made: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "raw/b/1.png").write_bytes(b"another")
    with pytest.raises(DataError) as refused:
        verify_images(made, tmp_path)
    assert str(refused.value).startswith(
        f"of 3 test images 0 are not in {tmp_path} and 1 have changed (such as raw/b/1.png), "
        "so the champion cannot be scored on them"
    )
    assert "dvc checkout" in str(refused.value)
    (tmp_path / "raw/a/2.png").unlink()
    with pytest.raises(DataError, match=r"1 are not in .* and 1 have changed \(such as raw/a/2.png\)"):
        verify_images(made, tmp_path)
    (tmp_path / "raw/b/1.png").unlink()
    (tmp_path / "raw/b/1.png").mkdir()
    with pytest.raises(DataError, match=r"2 are not in .* and 0 have changed \(such as raw/a/2.png\)"):
        verify_images(made, tmp_path)
