from dataclasses import replace

import numpy as np
import pytest

from mgiqa.errors import DataError
from mgiqa.reward.advantage import RECOMMENDED, compute
from mgiqa.reward.batch import AnswerFormat
from tests.reward.batches import plain_batch


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scores", np.zeros((3, 2))),
        ("labels", np.zeros((3, 5))),
        ("label_std", np.zeros((24, 4))),
        ("domain", np.zeros(3)),
        ("content", np.zeros((24, 2))),
        ("format", np.zeros((24, 2))),
        ("soft", np.zeros(24, dtype=bool)),
    ],
)
def test_a_wrong_shape_is_refused_by_name(name: str, value: np.ndarray) -> None:
    with pytest.raises(DataError, match=name):
        replace(plain_batch(), **{name: value})


def test_infinite_scores_and_negative_spreads_are_refused() -> None:
    with pytest.raises(DataError, match=r"infinite\. Write NaN where it is missing\."):
        replace(plain_batch(), scores=np.full((24, 6, 5), np.inf))
    with pytest.raises(DataError, match=r"negative: -1\.0\. Write NaN where it is not known\."):
        replace(plain_batch(), label_std=np.full((24, 5), -1.0))


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(DataError, match="AnswerFormat"):
        replace(plain_batch(), format=np.full((24, 6), 3))


def test_lists_and_names_of_domains_are_welcome() -> None:
    batch = plain_batch()
    named = replace(
        batch,
        scores=batch.scores.tolist(),
        domain=["spaq" if d else "kadid10k" for d in batch.domain],
        content=["a"] * 24,
    )
    np.testing.assert_array_equal(compute(named, RECOMMENDED).combined, compute(batch, RECOMMENDED).combined)


def test_the_format_follows_from_what_was_read() -> None:
    batch = plain_batch()
    scores = batch.scores.copy()
    scores[0, 0] = np.nan
    scores[0, 1, 2] = np.nan
    formats = replace(batch, scores=scores).formats
    assert list(formats[0, :3]) == [AnswerFormat.FAILED, AnswerFormat.RECOVERED, AnswerFormat.STRICT]


def test_an_answer_without_a_score_failed_whatever_its_form() -> None:
    batch = plain_batch()
    scores = batch.scores.copy()
    scores[0, 0] = np.nan
    stated = replace(batch, scores=scores, format=np.full((24, 6), AnswerFormat.STRICT)).formats
    assert stated[0, 0] == AnswerFormat.FAILED
    assert stated[0, 1] == AnswerFormat.STRICT
