"""Laws of the table of predictions."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mgiqa.attributes import KEYS
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import MissingInput
from mgiqa.evaluation.results.predictions import (
    EvaluatedModel,
    in_use,
    per_image,
    read_predictions,
    scores_of,
    tabulate,
)
from mgiqa.scoring.generation import Decoding
from mgiqa.workspace import Workspace
from tests.bench import answer, write_manifest

MODEL = EvaluatedModel("policy", "policy", "abc", "direct")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return write_manifest(Workspace(tmp_path_factory.mktemp("data")), contents=2, versions=1)


def table(images: pd.DataFrame, *texts: list[str]) -> pd.DataFrame:
    return tabulate(MODEL, Decoding(2, 1.0, 5), images.head(len(texts)), texts, "m" * 64)


def test_every_answer_is_a_row_with_its_text_and_origin(images):
    rows = table(images, [answer(dict.fromkeys(KEYS, 2.0)), "no"], ["nothing", answer(dict.fromkeys(KEYS, 4.0))])
    assert rows["image_id"].tolist() == [images["image_id"][0]] * 2 + [images["image_id"][1]] * 2
    assert rows["answer"].tolist() == [0, 1, 0, 1]
    assert set(rows["prompt_digest"]) == {PROMPT.digest}
    assert set(rows["model_digest"]) == {"abc"}
    assert set(rows["temperature"]) == {1.0}
    assert set(rows["seed"]) == {5}


def test_the_same_answer_has_the_same_scores_whoever_gave_it(images):
    """What is compared is read alike; how a model is read in use is told beside it."""
    text = answer(dict.fromkeys(KEYS, 2.0) | {"overall": 4.0})
    for overall, used in (("direct", "overall"), ("pooled", "pooled")):
        rows = tabulate(replace(MODEL, overall=overall), Decoding(), images.head(1), [[text]], "m" * 64)
        assert rows["overall"].tolist() == [overall]
        assert rows["score_overall"].tolist() == [4.0]
        assert rows["score_pooled"].tolist() == [pytest.approx(3.0)]
        assert rows["score_noise"].tolist() == [2.0]
        assert in_use(rows, "policy") == used


def test_a_score_stands_beside_the_label_that_it_is_held_against(images):
    scored = per_image(table(images, [answer(dict.fromkeys(KEYS, 2.0) | {"overall": 4.0})]))
    for key, score in (("overall", 4.0), ("pooled", 3.0)):
        chosen = scores_of(scored, key)
        assert chosen["score"].tolist() == [pytest.approx(score)]
        assert chosen["mos"].tolist() == [images["mos_overall"][0]]


def test_an_unreadable_answer_has_a_reason_and_no_score(images):
    rows = table(images, ["no", answer(dict.fromkeys(KEYS, 3.0))])
    assert rows["failure"].tolist() == ["no <answer>", None]
    assert rows[[f"score_{key}" for key in KEYS]].iloc[0].isna().all()
    assert rows["strict"].tolist() == [False, True]


def test_labels_travel_with_the_answer(images):
    rows = table(images, ["no"])
    for key in KEYS:
        np.testing.assert_equal(rows[f"mos_{key}"][0], images[f"mos_{key}"][0])


def test_an_image_counts_as_the_mean_of_its_readable_answers(images):
    rows = table(images, [answer(dict.fromkeys(KEYS, 2.0)), answer(dict.fromkeys(KEYS, 3.0))], ["no", "no"])
    first, second = per_image(rows).to_dict("records")
    assert first["score_noise"] == 2.5
    assert first["spread_noise"] == pytest.approx(0.5**0.5)
    assert (first["answers"], first["failures"]) == (2, 0)
    assert np.isnan(second["score_noise"])
    assert (second["answers"], second["failures"]) == (2, 2)


def test_images_keep_their_order(images):
    rows = table(images.iloc[::-1].reset_index(drop=True), ["no"], ["no"], ["no"])
    assert per_image(rows)["image_id"].tolist() == images["image_id"].iloc[::-1].head(3).tolist()


def test_the_table_survives_its_file(images, tmp_path):
    rows = table(images, [answer(dict.fromkeys(KEYS, 2.0)), "no"])
    rows.to_parquet(tmp_path / "predictions.parquet", index=False)
    pd.testing.assert_frame_equal(read_predictions(tmp_path), rows)


def test_a_missing_table_names_the_stage(tmp_path):
    with pytest.raises(MissingInput, match="dvc repro evaluate"):
        read_predictions(tmp_path)
