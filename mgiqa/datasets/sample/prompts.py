"""What image generators are asked for: a scene in words, sometimes with adjectives and a style."""

from dataclasses import dataclass

import numpy as np

_SUBJECTS = {
    "mountains": "a mountain range at noon",
    "sea": "sailing boats on the open sea",
    "meadow": "a flower meadow with trees",
    "city": "a city skyline with many windows",
    "dunes": "sand dunes in the desert",
    "fruit": "a still life with fruit on a wooden table",
    "pottery": "painted vases on a table",
    "balloons": "hot-air balloons in the sky",
    "flowers": "blossoms in a garden, seen from above",
    "fish": "striped fish in a reef",
    "lights": "lanterns on a dark evening",
    "foliage": "leaves after the rain",
    "sign": "a road sign before a hedge",
}
"""Kind of scene → the prompt that asks for it."""

ADJECTIVES = ("warm color", "cold color", "close-up", "long-shot", "hyper detail", "soft lighting")
STYLES = ("anime style", "realistic style", "baroque style", "abstract style", "sci-fi style")


@dataclass(frozen=True)
class GenerationPrompt:
    """One prompt.

    Attributes:
        kind: of scene.
        columns: ``prompt, adj1, adj2, style`` as in the label file; ``""`` where there is none.
    """

    kind: str
    columns: tuple[str, str, str, str]


def prompt(rng: np.random.Generator) -> GenerationPrompt:
    """Draws a prompt: often without adjectives, half of the time without a style, as in the real file."""
    kind = str(rng.choice(list(_SUBJECTS)))
    first, second = (str(word) for word in rng.choice(ADJECTIVES, 2, replace=False))
    wordy, style = rng.random(), str(rng.choice(STYLES)) if rng.random() < 0.5 else ""
    first, second = first if wordy < 0.6 else "", second if wordy < 0.27 else ""
    text = ", ".join(part for part in (_SUBJECTS[kind], first, second, style) if part)
    return GenerationPrompt(kind, (text, first, second, style))
