"""How varied a model's reasoning is, and how often it contradicts the numbers behind it."""

from collections.abc import Iterable
from typing import Any

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import read_answer
from mgiqa.dialogue.tone import contradicts, tone


def wording(texts: Iterable[str]) -> dict[str, Any]:
    """Of the readable answers among ``texts``.

    Returns:
        ``sentences``: how many attributes something was said of; ``different``: how many of these sentences differ;
        ``judged``: how many praise or blame; ``contradictions``: how many of those contradict their number.
    """
    said = [
        (key, " ".join(answer.reasoning[key].split()), answer.scores[key])
        for answer in map(read_answer, texts)
        if answer.readable
        for key in KEYS
        if answer.reasoning[key].strip()
    ]
    judged = [one for one in said if tone(*one[:2])]
    return {
        "sentences": len(said),
        "different": len({one[:2] for one in said}),
        "judged": len(judged),
        "contradictions": sum(contradicts(*one) for one in judged),
    }
