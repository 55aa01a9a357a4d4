"""Laws of the truth behind the ratings."""

from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from mgiqa.attributes import KEYS
from mgiqa.datasets.sample.distortions import DISTORTIONS, Applied
from mgiqa.datasets.sample.perception import combined_damage, perceived, scene_damage
from mgiqa.datasets.sample.scenes import scene

Pixels = NDArray[np.float64]
FAULT_OF = {
    "sharpness": "gaussian_blur",
    "color": "color_cast",
    "noise": "white_noise",
    "composition": "tilted",
    "brightness": "darken",
    "contrast": "low_contrast",
}


@pytest.fixture(scope="module")
def clean() -> Pixels:
    return scene(np.random.default_rng(3), 112, "fruit")


def applied(name: str, level: float) -> Applied:
    return Applied(DISTORTIONS[name], level)


def test_a_good_scene_without_faults_is_nearly_perfect(clean: Pixels) -> None:
    assert min(asdict(perceived([], clean)).values()) > 0.85


@pytest.mark.parametrize(("attribute", "fault"), FAULT_OF.items())
def test_an_attribute_and_the_whole_fall_with_every_level_of_its_fault(
    attribute: str, fault: str, clean: Pixels
) -> None:
    truths = [asdict(perceived([applied(fault, level)], clean)) for level in range(6)]
    for key in (attribute, "overall"):
        values = [truth[key] for truth in truths]
        assert all(later < earlier for earlier, later in pairwise(values)), key


@pytest.mark.parametrize("fault", ["gaussian_blur", "tilted", "impulse_noise"])
def test_a_fault_leaves_attributes_alone_that_it_has_nothing_to_do_with(fault: str, clean: Pixels) -> None:
    before, after = asdict(perceived([], clean)), asdict(perceived([applied(fault, 5)], clean))
    untouched = set(before) - set(DISTORTIONS[fault].damage) - {"overall"}
    assert len(untouched) >= 4
    assert all(after[key] == before[key] for key in untouched)


def test_attributes_are_no_copies_of_the_whole(clean: Pixels) -> None:
    rng = np.random.default_rng(0)
    truths = [
        asdict(
            perceived(
                [applied(name, level) for name, level in zip(FAULT_OF.values(), rng.uniform(0, 5, 6), strict=True)],
                clean,
            )
        )
        for _ in range(200)
    ]
    table = np.array([[truth[key] for key in KEYS] for truth in truths])
    ranks = table.argsort(axis=0).argsort(axis=0)
    with_overall = np.corrcoef(ranks.T)[-1, :-1]
    assert (with_overall > 0.1).all(), "the whole depends on each"
    assert (with_overall < 0.9).all(), "and none of them is the whole"


def test_one_gross_fault_hurts_more_than_two_faults_of_half_the_damage() -> None:
    assert combined_damage([1.0, 0.0]) > combined_damage([0.5, 0.5])
    assert combined_damage([0.5, 0.5]) > combined_damage([0.5])


def test_grain_shows_less_on_a_busy_surface_than_on_a_flat_one() -> None:
    flat = np.full((112, 112, 3), 0.5)
    busy = np.clip(flat + np.random.default_rng(0).normal(0, 0.2, (112, 112, 1)), 0, 1)
    step = [applied("white_noise", 3)]
    assert perceived(step, busy).noise > perceived(step, flat).noise


def test_night_is_dark_fog_is_flat_and_stone_is_gray() -> None:
    night, fog = np.full((112, 112, 3), 0.05), np.full((112, 112, 3), 0.7)
    assert scene_damage(night)["brightness"] > 0.5
    assert scene_damage(fog)["brightness"] == 0
    assert scene_damage(fog)["contrast"] > 0.5
    assert scene_damage(fog)["color"] > 0.4
