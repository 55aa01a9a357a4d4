"""Praise and blame are told apart, and a contradiction is one between a word and the number behind it."""

import pytest

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import write_answer
from mgiqa.dialogue.tone import contradicts, tone
from mgiqa.dialogue.wording import WORDS, reasons
from mgiqa.evaluation.results.wording import wording


@pytest.mark.parametrize("key", KEYS)
def test_the_words_of_the_worst_level_blame_and_those_of_the_best_praise(key):
    assert tone(key, WORDS[key][0]) == -1
    assert tone(key, WORDS[key][-1]) == 1


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("score", [1.0, 1.9, 2.7, 3.3, 4.1, 5.0])
def test_words_that_were_written_for_a_score_do_not_contradict_it(key, score):
    assert not contradicts(key, reasons({key: score})[key], score)


def test_a_negation_turns_the_words_after_it():
    assert tone("sharpness", "The subject is not sharp at all.") == -1
    assert tone("noise", "There is no visible grain.") == 1
    assert tone("sharpness", "Not what I like, yet the eyes are crisp.") == 1


@pytest.mark.parametrize(
    ("said", "score", "expected"),
    [("heavy blur", 4.6, True), ("heavy blur", 3.0, False), ("crisp detail", 1.4, True), ("a dog", 1.0, False)],
)
def test_only_the_far_third_of_the_scale_contradicts(said, score, expected):
    assert contradicts("sharpness", said, score) is expected


def test_wording_counts_different_sentences_and_contradictions_of_readable_answers():
    fair = dict.fromkeys(KEYS, "as it is")
    texts = [
        write_answer(dict.fromkeys(KEYS, 4.8), fair | {"sharpness": "heavy blur"}),
        write_answer(dict.fromkeys(KEYS, 4.8), fair | {"sharpness": "crisp   detail"}),
        "<answer>nothing</answer>",
    ]
    # two of the ten sentences speak of sharpness and differ; the other four are the same twice
    assert wording(texts) == {"sentences": 10, "different": 6, "judged": 2, "contradictions": 1}
