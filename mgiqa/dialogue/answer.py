"""The answer of a model: how it must be written, and how it is read.

The strict form is one line of reasoning for each attribute and one flat JSON object, attributes first::

    <think>
    Sharpness: soft edges.
    ...
    Overall: fair.
    </think>
    <answer>{"sharpness": 3.20, ..., "overall": 3.55}</answer>

Reading is tolerant of white space, code fences, other quotes, aliases, extra words and extra keys, but never guesses:
a score that is missing, contradictory, out of range or no number makes the whole answer a failure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from mgiqa.attributes import ATTRIBUTES, HIGHEST, KEYS, LOWEST
from mgiqa.records import Answer, Span

STOP = "</answer>"
"""Generation ends here: nothing after it is part of an answer."""

TAGS = ("<think>", "</think>", "<answer>", STOP)

_KEY_OF = {
    name.lower().replace("_", " "): attribute.key
    for attribute in ATTRIBUTES
    for name in (attribute.key, attribute.label, *attribute.aliases)
}
_NAME = "|".join(sorted((name.replace(" ", "[ _-]") for name in _KEY_OF), key=len, reverse=True))
_BLOCK = re.compile(r"<answer>((?:(?!<answer>).)*?)</answer>", re.S | re.I)
_HEADING = re.compile(
    rf"(?:^|<think>)[ \t>#\-\d.)]*(?P<bold>\*\*)?(?P<name>{_NAME})(?:\*\*)?[ \t]*:(?(bold)(?:\*\*)?)", re.M | re.I
)
_TAG = re.compile("|".join(TAGS), re.I)
# a value runs to the next white space, bracket or comma; a comma before a digit is part of it, so that 3,20 is no 3
_PAIR = re.compile(rf"(?<!\w)(?P<name>{_NAME})[\"']?\s*[:=]\s*[\"']?(?P<value>(?:[^\s,{{}}\[\]\"']|,(?=\d))+)", re.I)
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def read_answer(text: str) -> Answer:
    """Reads one completion; the last closed ``<answer>`` counts.

    Args:
        text: the completion.

    Returns:
        The answer with a score in [1, 5] for every attribute, or without any and a ``failure`` that names the first
        fault. ``overall`` is what the text says; ``mgiqa.overall`` tells how a model's is to be read.
    """
    block = _last_block(text)
    reasons = _reasons(text, block.start() if block else len(text))
    values = list(_values(text, block.span(1))) if block else []
    reasoning = {key: text[slice(*reasons[key])] if key in reasons else "" for key in KEYS}
    spans = {
        key: (*([reasons[key]] if key in reasons else []), *(at for name, at in values if name == key)) for key in KEYS
    }
    scores, failure = _scores(text, values) if block else ({}, _unclosed(text))
    strict = not failure and _is_strict(text, scores, reasoning)
    return Answer(text, scores, failure, reasoning, strict, spans)


def _scores(text: str, values: Iterable[tuple[str, Span]]) -> tuple[dict[str, float], str]:
    """The scores of all attributes, or none and the first fault."""
    scores: dict[str, float] = {}
    for key, value in values:
        if not _NUMBER.fullmatch(text[slice(*value)]):
            return {}, f"{key} is not a number"
        score = float(text[slice(*value)])
        if not LOWEST <= score <= HIGHEST:
            return {}, f"{key} is outside {LOWEST:g} to {HIGHEST:g}"
        if scores.setdefault(key, score) != score:
            return {}, f"{key} is given twice"
    if missing := [key for key in KEYS if key not in scores]:
        return {}, f"{missing[0]} is missing"
    return {key: scores[key] for key in KEYS}, ""


def _unclosed(text: str) -> str:
    return "<answer> is not closed" if "<answer>" in text.lower() else "no <answer>"


def write_answer(scores: Mapping[str, float], reasoning: Mapping[str, str]) -> str:
    """Writes the strict form, scores with two decimals; ``read_answer`` gives the same back.

    Args:
        scores: a score in [1, 5] for every attribute.
        reasoning: a sentence for every attribute; white space is reduced to single blanks.

    Raises:
        ValueError: an attribute is missing, a score out of range, or a sentence empty or with a tag in it.
    """
    for key in KEYS:
        if not LOWEST <= scores[key] <= HIGHEST:
            raise ValueError(f"{key} is {scores[key]}, outside {LOWEST:g} to {HIGHEST:g}")
        if not reasoning[key].strip() or _TAG.search(reasoning[key]):
            raise ValueError(f"reasoning on {key} is empty or contains a tag: {reasoning[key]!r}")
    return _strict_form(scores, {key: " ".join(reasoning[key].split()) for key in KEYS})


def _last_block(text: str) -> re.Match[str] | None:
    return max(_BLOCK.finditer(text), key=lambda match: match.start(), default=None)


def _values(text: str, within: Span) -> Iterator[tuple[str, Span]]:
    for match in _PAIR.finditer(text, *within):
        yield _key(match), match.span("value")


def _reasons(text: str, end: int) -> dict[str, Span]:
    headings = list(_HEADING.finditer(text, 0, end))
    spans: dict[str, Span] = {}
    stops = [heading.start() for heading in headings[1:]] + [end]
    for heading, stop in zip(headings, stops, strict=False):
        tag = _TAG.search(text, heading.end(), stop)
        said = text[heading.end() : tag.start() if tag else stop]
        start = heading.end() + len(said) - len(said.lstrip())
        if said.strip():
            spans.setdefault(_key(heading), (start, start + len(said.strip())))
    return spans


def _key(match: re.Match[str]) -> str:
    return _KEY_OF[re.sub("[_-]", " ", match["name"].lower())]


def _is_strict(text: str, scores: Mapping[str, float], reasoning: Mapping[str, str]) -> bool:
    once = all(text.count(tag) == 1 for tag in TAGS) and all(reasoning.values())
    return once and _squeeze(text) == _squeeze(_strict_form(scores, reasoning))


def _strict_form(scores: Mapping[str, float], reasoning: Mapping[str, str]) -> str:
    lines = "\n".join(f"{key.capitalize()}: {reasoning[key]}" for key in KEYS)
    numbers = ", ".join(f'"{key}": {scores[key]:.2f}' for key in KEYS)
    return f"<think>\n{lines}\n</think>\n<answer>{{{numbers}}}</answer>"


def _squeeze(text: str) -> str:
    return "".join(text.split())
