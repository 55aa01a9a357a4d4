import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.tokenizer import build_tokenizer
from mgiqa.training.answers import vocabulary


@pytest.fixture(scope="module")
def tokenizer():
    return build_tokenizer(vocabulary(), PROMPT.text)


def test_the_same_texts_give_the_same_tokenizer(tokenizer):
    again = build_tokenizer(vocabulary(), PROMPT.text)
    first, second = (json.loads(one.backend_tokenizer.to_str()) for one in (tokenizer, again))
    assert first == second


@given(st.text(max_size=60))
def test_any_text_survives_encoding(tokenizer, text):
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids) == text


@given(st.integers(0, 10**6))
def test_every_digit_is_a_token(tokenizer, number):
    pieces = tokenizer.tokenize(f"{number}")
    assert pieces == list(f"{number}")


def test_a_score_takes_three_tokens(tokenizer):
    assert tokenizer.tokenize("3.25") == ["3.", "2", "5"]


def test_a_question_that_never_changes_is_one_token(tokenizer):
    ids = tokenizer(PROMPT.text, add_special_tokens=False)["input_ids"]
    assert len(ids) == 1
    assert tokenizer.decode(ids) == PROMPT.text


def test_a_line_of_an_answer_is_one_token(tokenizer):
    answer = vocabulary()[0]
    line = answer.splitlines(keepends=True)[1]
    assert len(tokenizer.tokenize(line)) == 1


def test_a_dialogue_has_the_form_of_qwen(tokenizer):
    text = tokenizer.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    assert text.startswith("<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>")
    assert text.endswith("<|im_end|>\n<|im_start|>assistant\n")
