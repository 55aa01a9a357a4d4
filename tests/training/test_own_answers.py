"""Of a model's own answers those are taught that order images as people do, evenly from bad to good images."""

from pathlib import Path

import numpy as np
import pytest

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import read_answer, write_answer
from mgiqa.models.load import load_model
from mgiqa.scoring.generation import Decoding
from mgiqa.training.data import TrainingData
from mgiqa.training.sft.own_answers import ANSWERS, agreement_with_people, chosen, in_strict_form, own_answers

WORDS = {key: f"the {key} of this very photo" for key in KEYS}


def data(count=40):
    labels = np.full((count, len(KEYS)), np.nan)
    labels[:, -1] = np.linspace(1, 5, count)
    names = np.array([f"{number}.png" for number in range(count)])
    one = np.full(count, "one")
    return TrainingData(
        [Path(name) for name in names], names, one, one, names, labels, np.full_like(labels, 0.4),
        np.zeros(labels.shape, np.bool_),
    )  # fmt: skip


def said(score):
    return read_answer(write_answer(dict.fromkeys(KEYS, float(np.clip(score, 1, 5))), WORDS))


NOTHING = read_answer("I like it.")


def test_the_answer_of_an_image_is_the_one_that_orders_it_as_people_do():
    images = data()
    truth = images.labels[:, -1]
    answers = [[NOTHING, said(6 - label), said(label), said(3.0)] for label in truth]
    agreement = agreement_with_people(answers, images)
    assert np.isneginf(agreement[:, 0]).all()
    far = np.abs(truth - 3) > 1
    assert (agreement[far].argmax(1) == 2).all()
    for example in chosen(answers, images):
        if example.text and far[example.row]:
            assert read_answer(example.text).scores["overall"] == pytest.approx(truth[example.row], abs=0.01)


def test_what_is_taught_reaches_from_bad_to_good_and_is_the_better_half():
    images = data()
    rng = np.random.default_rng(0)
    answers = [[said(label + rng.normal(0, 0.8)) for _ in range(3)] for label in images.labels[:, -1]]
    examples = chosen(answers, images)
    rows = np.array([example.row for example in examples])
    assert len(set(rows)) == len(rows) <= len(images) / 2
    fifth = rows * 5 // len(images)
    assert set(fifth) == set(range(5))
    assert max(np.bincount(fifth)) <= 4


def test_parts_of_the_range_that_the_model_cannot_speak_of_are_written_for_it():
    images = data()
    answers = [[said(label) if label < 3 else NOTHING] * 2 for label in images.labels[:, -1]]
    examples = chosen(answers, images)
    own = [example.row for example in examples if example.text]
    written = [example.row for example in examples if not example.text]
    assert max(own) < 20 <= min(written)
    assert len(written) == 8


def test_a_model_that_says_nothing_is_written_for_from_bad_to_good():
    images = data()
    examples = chosen([[NOTHING, NOTHING]] * len(images), images)
    assert not any(example.text for example in examples)
    assert {example.row * 5 // len(images) for example in examples} == set(range(5))


def test_an_answer_in_another_form_is_written_anew_in_its_own_words_and_with_its_own_scores():
    strict = said(4.25)
    assert in_strict_form(strict) == strict.text
    loose = read_answer(
        strict.text.replace("<answer>", "Here you are:\n<answer>\n```json\n").replace("</answer>", "\n```</answer>")
    )
    assert loose.readable
    assert not loose.strict
    again = read_answer(in_strict_form(loose))
    assert again.strict
    assert (again.scores, again.reasoning) == (loose.scores, loose.reasoning)
    assert in_strict_form(NOTHING) is None
    without_words = read_answer(strict.text[strict.text.index("<answer>") :])
    assert without_words.readable
    assert in_strict_form(without_words) is None


def test_a_model_is_asked_once_and_what_it_said_outlives_a_kill(speaker, training, tmp_path, monkeypatch):
    loaded, decoding = load_model(speaker, "cpu"), Decoding(3, 1.0, 0, 40)
    first = own_answers(loaded, training, 10, decoding, 0, tmp_path / "work")
    assert any(example.text for example in first)
    assert {training.dataset[example.row] for example in first} == {"one", "two"}
    kept = (tmp_path / "work" / ANSWERS).read_text()
    again = own_answers(loaded, training, 10, Decoding(3, 1.0, 9, 40), 0, tmp_path / "work")
    assert again == first
    assert (tmp_path / "work" / ANSWERS).read_text() == kept
