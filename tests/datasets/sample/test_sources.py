"""Laws of what is in front of the camera: photographs that share no pixel, and painted scenes."""

from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgiqa.datasets.sample.photographs import PHOTOGRAPHS, VIEWS, Photograph, View, look
from mgiqa.datasets.sample.scenes import KINDS, scene
from mgiqa.datasets.sample.scenes.subjects import SUBJECTS
from mgiqa.datasets.sample.sources import generator, source
from mgiqa.errors import MissingExtra

ALL_VIEWS = [view for views in VIEWS.values() for view in views]


def overlap(first: View, second: View) -> bool:
    if first.photograph != second.photograph:
        return False
    across = min(first.left + first.side, second.left + second.side) - max(first.left, second.left)
    down = min(first.top + first.side, second.top + second.side) - max(first.top, second.top)
    return across > 0 and down > 0


def test_no_two_views_share_a_pixel_in_one_dataset_or_two() -> None:
    assert [pair for pair in combinations(ALL_VIEWS, 2) if overlap(*pair)] == []


def test_every_view_lies_inside_its_photograph_and_has_enough_pixels() -> None:
    for view in ALL_VIEWS:
        photograph = PHOTOGRAPHS[view.photograph]
        places = find_spec(photograph.package).submodule_search_locations  # type: ignore[union-attr]
        with Image.open(Path(places[0]) / photograph.path) as image:  # type: ignore[index]
            assert 0 <= view.left <= view.left + view.side <= image.width, view
            assert 0 <= view.top <= view.top + view.side <= image.height, view
        assert view.side >= 112, view


def test_every_photograph_is_used() -> None:
    assert {view.photograph for view in ALL_VIEWS} == set(PHOTOGRAPHS)


def test_a_gray_photograph_is_printed_in_color() -> None:
    grass = look(next(view for view in ALL_VIEWS if view.photograph == "grass"), 112)
    assert grass[..., 1].mean() > grass[..., 2].mean() + 0.1


def test_a_photograph_whose_package_is_absent_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PHOTOGRAPHS, "ghost", Photograph("no_such_package_here", "data/ghost.png"))
    with pytest.raises(MissingExtra, match=r"no_such_package_here.*mgiqa\[data\]"):
        look(View("ghost", 0, 0, 112), 112)


@pytest.mark.parametrize("kind", KINDS)
def test_a_scene_is_its_generator_and_nothing_else(kind: str) -> None:
    first, again, other = (scene(np.random.default_rng(seed), 56, kind) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert np.abs(first - other).mean() > 0.01
    assert first.shape == (56, 56, 3)
    assert first.min() >= 0
    assert first.max() <= 1
    assert first.std() > 0.05, "something can be seen"


@pytest.mark.parametrize("kind", SUBJECTS)
def test_a_subject_stands_in_the_middle_of_its_view(kind: str) -> None:
    views = np.stack([SUBJECTS[kind](np.random.default_rng(seed), 160).pixels for seed in range(3)])
    detail = np.abs(np.diff(views.mean(axis=-1), axis=2)).mean(axis=(0, 1))
    middle = detail[56:104].mean()
    assert middle > 1.15 * np.concatenate([detail[:40], detail[120:]]).mean()


def test_contents_of_different_datasets_and_numbers_differ() -> None:
    images = [source(0, dataset, index, 56, every=2) for dataset in ("kadid10k", "spaq") for index in range(5)]
    assert all(np.abs(first - second).mean() > 0.01 for first, second in combinations(images, 2))


def test_a_generator_depends_on_its_purpose_alone() -> None:
    assert generator(0, "spaq", 3).random() == generator(0, "spaq", 3).random()
    assert len({generator(seed, name, 1).random() for seed in (0, 1) for name in ("spaq", "para")}) == 4
