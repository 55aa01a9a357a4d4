"""The attributes a score is given for: the one place that names and defines them.

Every attribute runs from 1 (worst) to 5 (best), noise included: 5 means that no noise is seen.
The order here is the order of asking, of answering and of every array axis called ``a``;
``overall`` comes last, so that it is written after, and can rest on, what was said of the others.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Attribute:
    """One thing that is scored.

    Attributes:
        key: the name in answers, tables and columns.
        label: the name shown to people.
        definition: what the prompt says of it, one short clause.
        aliases: other keys that a model may write for it and the answer reader accepts.
        technical: whether what it lacks is a fault of the picture, rather than a matter of taste or the whole.
    """

    key: str
    label: str
    definition: str
    aliases: tuple[str, ...] = ()
    technical: bool = False


SHARPNESS = Attribute(
    "sharpness",
    "Sharpness",
    "how clearly edges and fine detail are rendered",
    ("clarity", "focus"),
    technical=True,
)
COLOR = Attribute(
    "color",
    "Color fidelity",
    "how natural and pleasing colors, contrast and exposure are",
    ("colour", "color_fidelity", "colorfulness", "colour_fidelity"),
    technical=True,
)
NOISE = Attribute(
    "noise",
    "Noise",
    "how free the image is of noise, grain and compression artifacts (5 = none)",
    ("noisiness", "noise_level"),
    technical=True,
)
COMPOSITION = Attribute(
    "composition",
    "Composition",
    "how well the frame is filled, leveled and balanced",
    ("compositional_aesthetics", "framing"),
)
OVERALL = Attribute(
    "overall",
    "Overall",
    "the quality of the image as a whole",
    ("overall_quality", "quality", "rating"),
)

ATTRIBUTES = (SHARPNESS, COLOR, NOISE, COMPOSITION, OVERALL)
KEYS = tuple(attribute.key for attribute in ATTRIBUTES)
BY_KEY = {attribute.key: attribute for attribute in ATTRIBUTES}

LOWEST, HIGHEST = 1.0, 5.0
"""The range of every score that is asked for, shown or compared across datasets."""

Chosen = Literal["all", "overall"]
"""Which attributes take part: all, or the overall score alone."""

LABEL_OF = {**{key: key for key in KEYS}, "pooled": "overall"}
"""What is scored → the label that it is held against: every attribute, ``overall`` as it is said, and ``pooled``, the
overall score together with the technical attributes (``mgiqa.overall``)."""
TITLES = {
    **{attribute.key: attribute.label for attribute in ATTRIBUTES},
    "overall": "Overall, direct",
    "pooled": "Overall, pooled",
}
"""What is scored → its name for people."""
