"""Laws of writing and reading answers."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.attributes import ATTRIBUTES, KEYS
from mgiqa.dialogue.answer import STOP, TAGS, read_answer, write_answer
from mgiqa.records import Answer

SCORES = {"sharpness": 3.2, "color": 3.85, "noise": 4.1, "composition": 3.6, "overall": 3.55}
REASONS = {
    "sharpness": "Soft edges.",
    "color": "A warm cast.",
    "noise": "Clean.",
    "composition": "Level and calm.",
    "overall": "Good, a little soft.",
}
TEXT = write_answer(SCORES, REASONS)
THOUGHT, _, _ = TEXT.partition("<answer>")

hundredths = st.integers(100, 500).map(lambda value: value / 100)
all_scores = st.fixed_dictionaries(dict.fromkeys(KEYS, hundredths))
sentence = st.text(min_size=1).filter(lambda text: text.strip() and not re.search("|".join(TAGS), text, re.I))
all_reasons = st.fixed_dictionaries(dict.fromkeys(KEYS, sentence))


def answer(text: str) -> Answer:
    result = read_answer(text)
    assert result.readable and list(result.scores) == list(KEYS), result
    return result


def failure(text: str) -> str:
    result = read_answer(text)
    assert not result.readable and not result.scores, result
    assert result.text == text
    return result.failure


def with_object(content: str) -> str:
    return f"{THOUGHT}<answer>{content}</answer>"


def numbers(**changes: object) -> str:
    return with_object(json.dumps({**SCORES, **changes}))


def test_the_strict_form_is_as_documented():
    assert TEXT == (
        "<think>\nSharpness: Soft edges.\nColor: A warm cast.\nNoise: Clean.\nComposition: Level and calm.\n"
        "Overall: Good, a little soft.\n</think>\n"
        '<answer>{"sharpness": 3.20, "color": 3.85, "noise": 4.10, "composition": 3.60, "overall": 3.55}</answer>'
    )


@given(all_scores, all_reasons)
def test_what_is_written_is_read_back(scores, reasons):
    read = answer(write_answer(scores, reasons))
    assert read.scores == scores
    assert read.reasoning == {key: " ".join(reason.split()) for key, reason in reasons.items()}
    assert read.strict


@given(all_scores, all_reasons)
def test_spans_point_at_the_reasoning_and_the_value(scores, reasons):
    text = write_answer(scores, reasons)
    for key, ((start, end), (value_start, value_end)) in read_answer(text).spans.items():
        assert text[start:end] == " ".join(reasons[key].split())
        assert text[value_start:value_end] == f"{scores[key]:.2f}"


@given(st.text())
def test_any_text_is_read_or_refused_with_a_reason(text):
    result = read_answer(text)
    assert result.text == text and bool(result.failure) == (not result.scores)


@given(st.text(alphabet='<>/thinkaswer{}":,. 3sharpneclo\n', max_size=300))
def test_spans_lie_inside_the_text(text):
    for found in read_answer(text).spans.values():
        assert all(0 <= start < end <= len(text) for start, end in found)


@given(st.integers(0, len(TEXT) - 1))
def test_a_truncated_answer_is_a_failure(length):
    assert failure(TEXT[:length]) in {"no <answer>", "<answer> is not closed"}


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_attribute_is_a_failure(key):
    rest = {name: value for name, value in SCORES.items() if name != key}
    assert failure(with_object(json.dumps(rest))) == f"{key} is missing"


@pytest.mark.parametrize("value", [True, False, None, float("nan"), float("inf"), -float("inf"), "good", "", [3.2]])
def test_what_is_no_number_is_a_failure(value):
    assert failure(numbers(noise=value)) in {"noise is not a number", "noise is missing"}


@pytest.mark.parametrize("value", [0.99, 5.01, -3, 0, 100, 1e9])
def test_a_score_out_of_range_is_a_failure(value):
    assert failure(numbers(overall=value)) == "overall is outside 1 to 5"


@pytest.mark.parametrize("value", [1, 5, 1.0, 5.0])
def test_both_ends_of_the_range_are_scores(value):
    assert answer(numbers(overall=value)).scores["overall"] == value


def test_a_decimal_comma_is_refused_and_not_cut():
    assert failure(TEXT.replace("3.85", "3,85")) == "color is not a number"


def test_a_fraction_of_the_maximum_is_refused_and_not_cut():
    assert failure(TEXT.replace("3.85", "3.85/5")) == "color is not a number"


@pytest.mark.parametrize(
    "value", ["+3.20", "3.2e0", "320E-2", "3.20 of 5", "3.20]", "3.20[1]", "3.20{", "'3.20'", '"3.20"']
)
def test_a_number_may_be_written_otherwise_and_ends_where_a_blank_bracket_or_quote_stands(value):
    read = answer(TEXT.replace("3.20", value))
    assert read.scores == SCORES
    assert not read.strict


@pytest.mark.parametrize("value", ["3.", ".5", "٣.٢", "3.2e", "1_0", "0x3", "--3"])
def test_what_merely_resembles_a_number_is_none(value):
    assert failure(TEXT.replace("3.20", value)) == "sharpness is not a number"


def test_a_word_that_ends_like_an_attribute_is_another_word():
    assert answer(TEXT.replace("3.55}", '3.55, "denoise": 9}')).scores == SCORES


def test_two_values_that_contradict_are_a_failure():
    assert failure(TEXT.replace("3.55}", '3.55, "overall": 4.00}')) == "overall is given twice"


def test_an_alias_that_contradicts_is_a_failure():
    assert failure(TEXT.replace("3.55}", '3.55, "colour": 1.00}')) == "color is given twice"


def test_the_same_value_twice_is_readable_but_not_strict():
    read = answer(TEXT.replace("3.55}", '3.55, "overall": 3.55}'))
    assert read.scores == SCORES
    assert not read.strict


@pytest.mark.parametrize(
    "text",
    [
        TEXT + TEXT,
        TEXT + " and so on",
        "Sure. " + TEXT,
        TEXT.replace("<think>", "<think><think>"),
        TEXT.replace("<answer>", "<answer><answer>").replace(STOP, STOP + STOP),
        TEXT.replace("Clean.", "Clean <answer>{}</answer>."),
        TEXT.replace("{", "```json\n{").replace("}", "}\n```"),
        TEXT.replace('"', "'"),
        TEXT.replace('"', ""),
        TEXT.replace("3.55}", "3.55,}"),
        TEXT.replace('"color"', '"colour"'),
        TEXT.replace('"color"', '"Color-Fidelity"'),
        TEXT.replace("3.55}", '3.55, "contrast": 9}'),
        TEXT.replace("{", '{"scores": {').replace("}", "}}"),
        TEXT.replace("3.20", "3.2"),
        TEXT.replace("3.20", '"3.20"'),
        TEXT.replace("<answer>", "<ANSWER>"),
        TEXT.replace("<think>", "").replace("</think>", ""),
        TEXT.replace("Noise: Clean.\n", ""),
        TEXT.replace("Noise: Clean.", "Noise:"),
        TEXT.replace("Noise:", "**Noise:**"),
        TEXT.replace("Noise:", "2. Noise level:"),
        f"<answer>{json.dumps(SCORES)}</answer>",
        with_object(json.dumps(dict(reversed(SCORES.items())))),
        with_object(", ".join(f"{attribute.label} = {SCORES[attribute.key]}" for attribute in ATTRIBUTES)),
    ],
)
def test_a_deviation_is_readable_but_not_strict(text):
    read = answer(text)
    assert read.scores == SCORES
    assert not read.strict


def test_reasoning_without_line_breaks_is_not_taken_apart():
    read = answer(TEXT.replace("\n", ""))
    assert read.scores == SCORES
    assert not read.strict


@pytest.mark.parametrize(
    "text",
    [TEXT.replace(", ", ","), TEXT.replace("\n", "\r\n\t"), TEXT.replace("<think>\n", "<think>"), f"\n{TEXT}\n\n"],
)
def test_white_space_between_the_parts_keeps_an_answer_strict(text):
    assert answer(text).strict


def test_the_last_closed_answer_counts():
    changed = TEXT.replace("3.55", "1.25")
    assert answer(TEXT + changed).scores["overall"] == 1.25
    assert answer(changed + TEXT[:-20]).scores["overall"] == 1.25


def test_an_answer_that_is_begun_anew_is_read_from_its_new_beginning():
    begun = THOUGHT + '<answer>{"sharpness": 1.00, "color": 1.00, '
    assert answer(begun + TEXT).scores == SCORES


def test_what_follows_the_end_of_an_answer_is_no_part_of_it():
    assert answer(TEXT + ' "overall": 1.00</answer>').scores == SCORES
    after = answer(f"{TEXT}\nNoise: grainy.\n")
    assert after.reasoning == REASONS
    assert [len(ranges) for ranges in read_answer(f"{TEXT}\nNoise: grainy.\n").spans.values()] == [2] * len(KEYS)


def test_of_two_thoughts_on_an_attribute_the_first_is_kept():
    assert answer(TEXT.replace("Composition:", "Noise: grainy.\nComposition:")).reasoning["noise"] == "Clean."


@pytest.mark.parametrize("tag", ["<answer>", "<ANSWER>", "<Answer>"])
def test_an_answer_that_is_never_closed_is_told_from_none(tag):
    assert failure(f"{THOUGHT}{tag}{{}}") == "<answer> is not closed"
    assert failure(THOUGHT) == "no <answer>"


@pytest.mark.parametrize("alias", [alias for attribute in ATTRIBUTES for alias in attribute.aliases])
def test_every_alias_is_understood(alias):
    (key,) = (attribute.key for attribute in ATTRIBUTES if alias in attribute.aliases)
    assert answer(TEXT.replace(f'"{key}"', f'"{alias}"')).scores == SCORES


def test_reasoning_over_several_lines_belongs_to_its_heading():
    read = answer(TEXT.replace("Clean.", "Clean.\n  Only the sky\n  is grainy."))
    assert read.reasoning["noise"].split() == ["Clean.", "Only", "the", "sky", "is", "grainy."]
    assert read.reasoning["composition"] == REASONS["composition"]


@pytest.mark.parametrize(
    "heading",
    [
        "- **Noise:**", "**Noise**:", "**Noise** :", "> Noise:", "## Noise:", "3. Noise:", "3) Noise:", "- Noise:",
        "\tNoise:", "  Noise:", "Noise :", "NOISE:", "noise level:", "Noise-Level:", "noise_level:",
    ],
)  # fmt: skip
def test_markdown_and_numbers_around_a_heading_are_no_reasoning(heading):
    assert answer(TEXT.replace("Noise:", heading)).reasoning == REASONS


@pytest.mark.parametrize("said", ["The noise: Clean.", "Noise is this: Clean.", "Noise** Clean."])
def test_an_attribute_that_is_named_elsewhere_is_no_heading(said):
    read = answer(TEXT.replace("Noise: Clean.", said))
    assert read.reasoning["noise"] == ""
    assert read.reasoning["color"] == f"A warm cast.\n{said}"


def test_stars_after_a_plain_heading_are_its_reasoning():
    assert answer(TEXT.replace("Noise: Clean.", "Noise:** Clean.")).reasoning["noise"] == "** Clean."


def test_numbers_in_the_reasoning_are_no_scores():
    assert answer(TEXT.replace("Clean.", "Overall: 1.00 of 5, noise: 9.")).scores == SCORES


def test_spans_of_an_unreadable_answer_keep_what_is_there():
    found = read_answer(TEXT[: TEXT.index("Composition")]).spans
    assert [len(found[key]) for key in KEYS] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize("score", [0.99, 5.01])
def test_writing_refuses_a_score_out_of_range_by_name(score):
    with pytest.raises(ValueError, match=f"noise is {score}, outside 1 to 5"):
        write_answer({**SCORES, "noise": score}, REASONS)


def test_both_ends_of_the_range_are_written():
    ends = dict.fromkeys(KEYS, 1.0) | {"overall": 5.0}
    assert answer(write_answer(ends, REASONS)).scores == ends


def test_white_space_around_a_thought_belongs_to_no_span():
    text = TEXT.replace("Noise: Clean.", "Noise: \t Clean. \n")
    (start, end), _ = read_answer(text).spans["noise"]
    assert text[start:end] == "Clean."


@pytest.mark.parametrize("reason", ["", " \n", "see <think>", "a </ANSWER>"])
def test_writing_refuses_reasoning_that_cannot_be_read_back(reason):
    with pytest.raises(ValueError, match="reasoning on noise"):
        write_answer(SCORES, {**REASONS, "noise": reason})


@pytest.mark.parametrize("score", [float("nan"), 0.5, 5.004])
def test_writing_refuses_a_score_out_of_range(score):
    with pytest.raises(ValueError, match="noise is"):
        write_answer({**SCORES, "noise": score}, REASONS)
