"""From what was done to an image to what people would say of it.

Damage has channels. Each distortion damages some of them, the more the higher its level; a dark, flat or colorless
scene brings a little damage of its own. Damages of one channel add up as a Minkowski sum, in which the worst counts
most, and so do those of all channels in the damage of the whole. The truth about an attribute is ``exp(-damage)``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mgiqa.datasets.sample.distortions import Applied

Pixels = NDArray[np.float64]

CHANNEL_WEIGHTS = {
    "sharpness": 1.0,
    "color": 0.8,
    "brightness": 0.75,
    "contrast": 0.75,
    "noise": 1.0,
    "composition": 0.85,
}
"""Channel → how much its damage counts for the whole."""

POOLING = 2.0
"""Exponent of the Minkowski sum; 1 would add damages, infinity take the worst."""

GROWTH = 1.25
"""Damage grows with this power of the level: the first steps are hardly seen."""


@dataclass(frozen=True)
class Truth:
    """What an unerring observer would say, each in (0, 1], higher is better.

    ``color`` is the attribute that people are asked for, light included.
    """

    sharpness: float
    color: float
    noise: float
    composition: float
    overall: float
    brightness: float
    contrast: float


def perceived(applied: Iterable[Applied], clean: Pixels) -> Truth:
    """The truth about an image, from the distortions that were applied to its clean version, shape (h, w, 3)."""
    damage = _damages(applied, clean)
    asked = {
        **{channel: [value] for channel, value in damage.items()},
        "color": [damage["color"], 0.7 * damage["brightness"], 0.7 * damage["contrast"]],
        "overall": [CHANNEL_WEIGHTS[channel] * value for channel, value in damage.items()],
    }
    return Truth(**{name: float(np.exp(-combined_damage(values))) for name, values in asked.items()})


def combined_damage(damages: Iterable[float]) -> float:
    """Minkowski sum of damages, which are at least 0."""
    return float(sum(damage**POOLING for damage in damages) ** (1 / POOLING))


def _damages(applied: Iterable[Applied], clean: Pixels) -> Mapping[str, float]:
    damages = {channel: [of_scene] for channel, of_scene in scene_damage(clean).items()}
    for step in applied:
        for channel, worst in step.distortion.damage.items():
            damages[channel].append(worst * (step.level / 5) ** GROWTH)
    texture = busyness(clean)
    visible = {"noise": 1.15 - 0.4 * texture, "sharpness": 0.85 + 0.25 * texture}
    return {channel: visible.get(channel, 1.0) * combined_damage(several) for channel, several in damages.items()}


def scene_damage(clean: Pixels) -> dict[str, float]:
    """Channel → what a clean scene lacks by itself: night is dark, fog is flat, stone has little color."""
    luma = clean @ np.array((0.299, 0.587, 0.114))
    red_green, yellow_blue = clean[..., 0] - clean[..., 1], clean[..., :2].mean(axis=-1) - clean[..., 2]
    chroma = np.hypot(red_green.std(), yellow_blue.std()) + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean())
    return {
        **dict.fromkeys(CHANNEL_WEIGHTS, 0.0),
        "brightness": 0.8 * max(0.0, 1 - luma.mean() / 0.3),
        "contrast": 0.6 * max(0.0, 1 - luma.std() / 0.15),
        "color": 0.5 * max(0.0, 1 - float(chroma) / 0.12),
    }


def busyness(image: Pixels) -> float:
    """How much fine texture there is to hide grain in, 0 (flat) to 1 (dense)."""
    gray = image.mean(axis=-1)
    fine = gray - ndimage.gaussian_filter(gray, 1.5 * image.shape[0] / 112)
    return float(np.clip(fine.std() / 0.12, 0, 1))
