import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import read_answer
from mgiqa.dialogue.wording import WORDS, reasons
from mgiqa.records import Answer
from mgiqa.training.answers import Fillers, sft_example, vocabulary

score = st.floats(1, 5)
EVERY = Fillers.of(np.array([[1.5, 2.5, 3.5, 4.5, 2.0], [4.0, 3.0, 2.0, 1.0, 4.0]]))


def row(**given_scores):
    return np.array([given_scores.get(key, np.nan) for key in KEYS])


@given(st.lists(score, min_size=5, max_size=5))
def test_a_lesson_says_what_people_said_to_a_tenth(scores):
    taught = sft_example(np.array(scores), EVERY, np.random.default_rng(0))
    read = read_answer(taught.text)
    assert isinstance(read, Answer)
    assert read.strict
    assert not taught.silent
    assert all(abs(read.scores[key] - wanted) <= 0.051 for key, wanted in zip(KEYS, scores, strict=True))


@given(score, st.integers(0, 99))
def test_only_what_is_not_labelled_is_silent(overall, seed):
    taught = sft_example(row(overall=overall), EVERY, np.random.default_rng(seed))
    found = read_answer(taught.text).spans
    assert list(taught.silent) == [span for key in KEYS[:-1] for span in found[key]]


def test_what_stands_for_a_missing_label_tells_nothing_about_the_image():
    low, high = (sft_example(row(overall=value), EVERY, np.random.default_rng(3)) for value in (1.0, 5.0))
    first, second = read_answer(low.text), read_answer(high.text)
    assert all(first.scores[key] == second.scores[key] for key in KEYS[:-1])


def test_an_attribute_that_nobody_labels_is_taught_as_the_whole():
    fillers = Fillers.of(np.array([row(overall=2.0), row(overall=4.0)]))
    taught = sft_example(row(overall=3.2), fillers, np.random.default_rng(0))
    assert not taught.silent
    assert set(read_answer(taught.text).scores.values()) == {3.2}


@given(score, score)
def test_a_better_score_never_gets_a_worse_word(first, second):
    low, high = sorted((first, second))
    for key in KEYS:
        places = [WORDS[key].index(reasons({key: value})[key].rstrip(".")) for value in (low, high)]
        assert places[0] <= places[1]


def test_the_vocabulary_holds_every_sentence_twice():
    text = "".join(vocabulary())
    assert all(text.count(f"{key.capitalize()}: {word}.") >= 2 for key in KEYS for word in WORDS[key])
