"""What a model is asked: one text, the same for every image and dataset, with a name and a digest."""

import hashlib
from dataclasses import dataclass
from typing import Any

from mgiqa.attributes import ATTRIBUTES, HIGHEST, LOWEST


@dataclass(frozen=True)
class Prompt:
    """A question about one image.

    Attributes:
        name: short and stable; changes when the meaning of the question does.
        text: what stands after the image in the user's turn.
    """

    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text in hexadecimal: two scores are comparable only if theirs agree."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def conversation(self, image: Any = None) -> list[dict[str, Any]]:
        """The user's turn, the image (or its place) before the question, as chat templates expect it."""
        shown = {"type": "image"} if image is None else {"type": "image", "image": image}
        return [{"role": "user", "content": [shown, {"type": "text", "text": self.text}]}]


def _question() -> str:
    criteria = "\n".join(f"- {attribute.key}: {attribute.definition}" for attribute in ATTRIBUTES)
    first, last = ATTRIBUTES[0].key, ATTRIBUTES[-1].key
    return (
        "You are an expert in image quality. Judge this image by:\n"
        f"{criteria}\n"
        f"Scores run from {LOWEST:.2f} (worst) to {HIGHEST:.2f} (best); higher is better for each.\n"
        f'First reason inside <think>, one line for each, such as "{first.capitalize()}: ...". '
        "Then give <answer> with one flat JSON object of all scores in this order, "
        f'such as {{"{first}": 0.00, ..., "{last}": 0.00}}.'
    )


PROMPT = Prompt("attributes-then-overall", _question())
"""All attributes are always asked, whatever a dataset labels, so that the question gives no dataset away."""
