"""Answers kept for looking at: what a model said of a few images while it learned."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mgiqa.attributes import BY_KEY, KEYS
from mgiqa.columns import mos_column, score_column

if TYPE_CHECKING:
    from PIL.Image import Image

PANEL = (460, 260)
"""Width and height in pixels of the text beside an image."""
PLACES, _LINE, _COLUMNS = (10, 120, 180), 15, 72
"""Left edges of the columns and height of a line, in pixels; characters per line of running text."""


@dataclass(frozen=True)
class AnswerSample:
    """One image with one answer.

    Attributes:
        image_id: identifier in the manifest.
        image: the image as the model saw it.
        text: the whole answer.
        scores: attribute → score in [1, 5]; empty where the answer could not be read.
        mos: attribute → human score on the same scale; only what is labelled.
    """

    image_id: str
    image: "Image"
    text: str
    scores: Mapping[str, float]
    mos: Mapping[str, float]

    @property
    def name(self) -> str:
        """The identifier in the characters that an MLflow image key may have."""
        return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in self.image_id)


def sample_row(sample: AnswerSample) -> dict[str, Any]:
    """One row of the table of samples; a score that could not be read is empty."""
    compared = {
        column(key): round(known[key], 2) if key in known else None
        for key in reversed(KEYS)
        for column, known in ((score_column, sample.scores), (mos_column, sample.mos))
    }
    return {"image_id": sample.image_id, **compared, "answer": sample.text}


def draw_sample(sample: AnswerSample) -> "Image":
    """The image beside its scores, the human ones, and the answer."""
    from PIL import Image, ImageDraw

    picture = sample.image.convert("RGB")
    picture = picture.resize((max(1, round(picture.width * PANEL[1] / picture.height)), PANEL[1]))
    canvas = Image.new("RGB", (picture.width + PANEL[0], PANEL[1]), "white")
    canvas.paste(picture, (0, 0))
    draw = ImageDraw.Draw(canvas)
    for row, cells in enumerate(_lines(sample)):
        for place, cell in zip(PLACES, cells, strict=False):
            draw.text((picture.width + place, PLACES[0] + row * _LINE), cell, fill="black")
    return canvas


def _lines(sample: AnswerSample) -> list[tuple[str, ...]]:
    table = [
        (BY_KEY[key].label, _number(sample.scores.get(key)), _number(sample.mos.get(key))) for key in reversed(KEYS)
    ]
    lines: list[tuple[str, ...]] = [(sample.image_id,), (), ("", "model", "humans"), *table, ()]
    words = textwrap.wrap(" ".join(sample.text.split()), _COLUMNS) or ["(no answer)"]
    room = (PANEL[1] - 2 * PLACES[0]) // _LINE - len(lines)
    return [*lines, *((line,) for line in words[:room])]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
