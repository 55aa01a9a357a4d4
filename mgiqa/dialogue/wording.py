"""Short reasons that go with a score: what the warm-up teaches a model to say first.

Five levels per attribute, cut so that a level agrees with the score after it. A model of any size starts from these
words; reinforcement learning is free to leave them.
"""

from collections.abc import Mapping

from mgiqa.attributes import HIGHEST, LOWEST

WORDS: Mapping[str, tuple[str, ...]] = {
    "sharpness": ("heavy blur", "clear blur", "soft edges", "good detail", "crisp detail"),
    "color": ("badly off", "dull or cast", "slightly off", "natural", "rich and natural"),
    "noise": ("very strong", "strong", "visible", "faint", "none seen"),
    "composition": ("badly framed", "awkward frame", "plain frame", "good frame", "well balanced"),
    "overall": ("bad", "poor", "fair", "good", "excellent"),
}
"""Attribute → words from the worst level to the best."""


def reason(key: str, score: float) -> str:
    """The sentence for a score from 1 to 5 of the attribute ``key``."""
    words = WORDS[key]
    level = int((score - LOWEST) / (HIGHEST - LOWEST) * len(words))
    return f"{words[min(max(level, 0), len(words) - 1)]}."


def reasons(scores: Mapping[str, float]) -> dict[str, str]:
    """The sentence for each score."""
    return {key: reason(key, score) for key, score in scores.items()}
