"""Whether words praise or blame, so that it can be counted how often they contradict the number behind them.

A list of words and a rule for negation: enough to compare models by, and too little to judge one sentence by.
"""

import re
from collections.abc import Mapping

from mgiqa.attributes import HIGHEST, LOWEST

PRAISE = frozenset({"good", "great", "excellent", "superb", "outstanding", "pleasing", "perfect", "impressive"})
BLAME = frozenset({"bad", "badly", "poor", "poorly", "terrible", "awful", "severe", "severely", "unpleasant"})
OF_THE_ATTRIBUTE: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "sharpness": (
        frozenset({"sharp", "crisp", "detail", "detailed", "defined"}),
        frozenset({"blur", "blurry", "blurred", "soft", "hazy", "fuzzy", "unsharp", "smeared"}),
    ),
    "color": (
        frozenset({"natural", "rich", "vivid", "vibrant", "accurate", "faithful", "lifelike"}),
        frozenset({"off", "dull", "cast", "faded", "washed", "unnatural", "oversaturated", "garish"}),
    ),
    "noise": (
        frozenset({"none", "clean", "faint", "minimal", "free", "negligible"}),
        frozenset({"strong", "heavy", "grainy", "noisy", "visible", "noticeable", "artifacts", "artefacts"}),
    ),
    "composition": (
        frozenset({"balanced", "harmonious", "appealing"}),
        frozenset({"awkward", "cluttered", "unbalanced", "cramped", "distracting"}),
    ),
    "overall": (frozenset({"high"}), frozenset({"low"})),
}
"""Attribute → words of praise and of blame, besides those that go with all."""
NEGATIONS = frozenset({"no", "not", "without", "never", "hardly", "barely", "lacks", "lacking"})
_REACH = 2
"""Words after a negation that it turns into their opposite."""


def tone(key: str, said: str) -> int:
    """1 where what is said of the attribute ``key`` praises it, -1 where it blames, 0 where neither or both alike.

    >>> tone("sharpness", "Crisp detail."), tone("noise", "no visible grain"), tone("color", "as on the day")
    (1, 1, 0)
    """
    praise, blame = OF_THE_ATTRIBUTE[key]
    words = re.findall(r"[a-z]+", said.lower())
    total = 0
    for place, word in enumerate(words):
        sign = (word in PRAISE | praise) - (word in BLAME | blame)
        total += -sign if NEGATIONS & set(words[max(0, place - _REACH) : place]) else sign
    return (total > 0) - (total < 0)


def contradicts(key: str, said: str, score: float) -> bool:
    """Whether praise stands before a score in the lowest third of the scale, or blame before one in the highest."""
    third = (HIGHEST - LOWEST) / 3
    heard = tone(key, said)
    return (heard > 0 and score < LOWEST + third) or (heard < 0 and score > HIGHEST - third)
