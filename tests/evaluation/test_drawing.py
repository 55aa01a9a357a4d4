"""Laws of the colors of charts: everyone tells attributes apart, also who sees fewer colors, or none."""

import itertools
import re
from importlib.resources import files

import numpy as np
import pytest

from mgiqa.attributes import KEYS
from mgiqa.evaluation.drawing import COLORS, MARKS, ROLE_OF

APART = 20.0
"""Least distance (CIE 1976, in which about 2 is just seen) between two lines."""
GRAPHICS = 3.0
"""Least contrast of graphics with what is behind them (WCAG 2.2, 1.4.11)."""
SIGHT = {
    "all colors": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What becomes of linear RGB: G. M. Machado et al., IEEE TVCG 15 (2009), severity 1."""
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def scheme(name: str) -> dict[str, str]:
    """Role → color in the page."""
    css = (files("mgiqa.evaluation.report") / "templates" / "page.css").read_text(encoding="utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", light if name == "light" else dark.split("* {")[0]))


def linear(color: str) -> np.ndarray:
    channels = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(color: str, sight: str) -> np.ndarray:
    seen = np.clip(np.asarray(SIGHT[sight]) @ linear(color), 0, 1)
    x, y, z = np.cbrt(np.maximum(XYZ @ seen / WHITE, 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    low, high = sorted(XYZ[1] @ linear(color) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
def test_attributes_have_colors_that_everyone_tells_apart(name, sight):
    colors = scheme(name)
    for one, other in itertools.combinations(KEYS, 2):
        distance = np.linalg.norm(lab(colors[ROLE_OF[one]], sight) - lab(colors[ROLE_OF[other]], sight))
        assert distance > APART, (one, other)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_line_stands_out_from_the_page(name):
    colors = scheme(name)
    assert all(contrast(colors[ROLE_OF[key]], colors["paper"]) >= GRAPHICS for key in KEYS)


def test_every_attribute_has_a_mark_of_its_own():
    assert set(MARKS) == set(KEYS)
    for kind in zip(*MARKS.values(), strict=True):
        assert len(set(kind)) == len(KEYS)


def test_files_and_the_light_page_have_the_same_colors_of_attributes():
    page = scheme("light")
    assert all(page[ROLE_OF[key]] == COLORS[ROLE_OF[key]] for key in KEYS)
