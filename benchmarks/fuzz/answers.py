"""Answers of a model, changed at random: a score for every attribute that the text really says, or a named failure."""

import re

from _drawn import judged, must
from hypothesis import strategies as st

from mgiqa.attributes import ATTRIBUTES, HIGHEST, KEYS, LOWEST
from mgiqa.dialogue.answer import TAGS, read_answer, write_answer

COUNT = 20_000
PIECES = st.sampled_from(
    [
        *TAGS,
        *KEYS,
        *(f'"{key}": 3.2' for key in KEYS),
        *(f'"{key}": 9' for key in KEYS),
        *(f"{attribute.label}: words." for attribute in ATTRIBUTES),
        "<answer>" * 50,
        "</answer>",
        "{",
        "}",
        "```json",
        "**",
        "overall: 3,20",
        "overall=nan",
        "overall: 1e0",
        "overall: 1e999",
        "overall: ٣",
        "OVERALL: 4",
        "true",
        "null",
        "\n",
        '"overall": 3.2, "overall": 4.1',
        "sharpness: " * 30,
        "-",
        "+4",
        "5.0000001",
        "0.99",
        "1" * 4000,
        "\u202e",
        "\x00",
    ]
)


@st.composite
def _written(draw: st.DrawFn) -> str:
    scores = {key: draw(st.floats(LOWEST, HIGHEST)) for key in KEYS}
    text = write_answer(scores, dict.fromkeys(KEYS, "as it is"))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(PIECES | st.text(max_size=5)) + text[start + draw(st.integers(0, 12)) :]
    return text


def _judge(text: str) -> str:
    read = read_answer(text)
    for key, ranges in read.spans.items():
        must(key in KEYS and all(0 <= start <= end <= len(text) for start, end in ranges), "a span outside the text")
    must(read == read_answer(text), "another reading of the same text")
    if not read.readable:
        must(not read.scores and read.failure.isprintable(), "a failure with scores, or that nobody can read")
        return f"failure: {read.failure}" if len(read.failure) < 40 else "failure"
    must(list(read.scores) == list(KEYS), "not every attribute")
    must(all(LOWEST <= score <= HIGHEST for score in read.scores.values()), "a score outside its range")
    block = text[text.lower().rindex("<answer>") :]
    numbers = {float(number) for number in re.findall(r"[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", block)}
    must(set(read.scores.values()) <= numbers, "a number that the text does not hold")
    if read.strict:
        again = read_answer(write_answer(read.scores, read.reasoning))
        must(again.strict, "a strict answer that is not read as it is written")
    return "strict answer" if read.strict else "answer"


def run(count: int, seed: int) -> bool:
    """See ``benchmarks/fuzz/__main__.py``."""
    print(f"answers, seed {seed}")
    pieced = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)
    return judged(_written() | pieced | st.text(), _judge, count, seed)
