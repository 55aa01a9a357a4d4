"""Laws of the question."""

import hashlib

from mgiqa.attributes import ATTRIBUTES
from mgiqa.dialogue.prompt import PROMPT


def test_the_prompt_defines_every_attribute():
    assert all(f"- {attribute.key}: {attribute.definition}" in PROMPT.text for attribute in ATTRIBUTES)


def test_the_prompt_asks_for_overall_last():
    places = [PROMPT.text.index(f"- {attribute.key}:") for attribute in ATTRIBUTES]
    assert places == sorted(places)
    assert PROMPT.text.rstrip(".}").endswith('"overall": 0.00')


def test_the_prompt_states_range_and_direction():
    assert "1.00 (worst) to 5.00 (best)" in PROMPT.text


def test_the_digest_is_that_of_the_text():
    assert PROMPT.digest == hashlib.sha256(PROMPT.text.encode()).hexdigest()


def test_the_digest_follows_the_text_and_not_the_name():
    other = type(PROMPT)("another name", PROMPT.text)
    changed = type(PROMPT)(PROMPT.name, PROMPT.text + " ")
    assert other.digest == PROMPT.digest != changed.digest
