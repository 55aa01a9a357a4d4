"""Laws of the distortions: nothing at level 0, more with every level, and each of its own kind."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from mgiqa.datasets.sample.distortions import DISTORTIONS, Applied, distort
from mgiqa.datasets.sample.distortions.framing import FIELD, FINENESS, window
from mgiqa.datasets.sample.perception import CHANNEL_WEIGHTS
from mgiqa.datasets.sample.scenes import scene

Pixels = NDArray[np.float64]
FRAMING = [name for name, distortion in DISTORTIONS.items() if distortion.family == "framing"]
OTHERS = [name for name in DISTORTIONS if name not in FRAMING]
CODECS = {"jpeg", "jpeg2000"}


@pytest.fixture(scope="module")
def images() -> list[Pixels]:
    kinds = ("meadow", "fruit", "city", "cloth", "sign", "sea")
    return [scene(np.random.default_rng(seed), 112, kind) for seed, kind in enumerate(kinds)]


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def changed(name: str, images: list[Pixels], level: float) -> list[Pixels]:
    step = Applied(DISTORTIONS[name], level)
    return [distort(image, [step], rng()) for image in images]


def fine(image: Pixels) -> float:
    """Energy of the finest detail."""
    return float(np.abs(image - ndimage.gaussian_filter(image, (1, 1, 0))).mean())


@pytest.mark.parametrize("name", OTHERS)
def test_level_0_changes_nothing(name: str, images: list[Pixels]) -> None:
    tolerance = 0.03 if name in CODECS else 1 / 255
    for before, after in zip(images, changed(name, images, 0), strict=True):
        assert np.abs(after - before).mean() <= tolerance


@pytest.mark.parametrize("name", OTHERS)
def test_every_level_is_farther_from_the_original_than_the_one_before(name: str, images: list[Pixels]) -> None:
    distances = [
        np.mean(
            [np.abs(after - before).mean() for before, after in zip(images, changed(name, images, level), strict=True)]
        )
        for level in range(6)
    ]
    assert distances == sorted(distances)
    assert distances[1] > distances[0]


@pytest.mark.parametrize("name", FRAMING)
def test_level_0_frames_as_a_careful_photographer_does(name: str, images: list[Pixels]) -> None:
    for image in images:
        assert np.allclose(DISTORTIONS[name].apply(image, 0, rng()), window(image))


@pytest.mark.parametrize("name", FRAMING)
def test_worse_framing_moves_the_picture_farther(name: str, images: list[Pixels]) -> None:
    distances = [
        np.mean([np.abs(DISTORTIONS[name].apply(image, level, rng()) - window(image)).mean() for image in images])
        for level in (0, 2, 5)
    ]
    assert distances[0] < distances[1] < distances[2]


@pytest.mark.parametrize("name", DISTORTIONS)
def test_equal_generators_give_equal_images_and_the_input_is_left_alone(name: str, images: list[Pixels]) -> None:
    before = images[0].copy()
    first, second = (DISTORTIONS[name].apply(images[0], 3.3, rng()) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(images[0], before)
    assert np.isfinite(first).all()


@pytest.mark.parametrize("name", OTHERS)
def test_shape_stays_and_values_stay_in_range(name: str, images: list[Pixels]) -> None:
    for image in changed(name, images, 5):
        assert image.shape == (112, 112, 3)
        assert image.min() >= 0
        assert image.max() <= 1


def test_blur_takes_fine_detail_and_grain_adds_it(images: list[Pixels]) -> None:
    for name in ("gaussian_blur", "lens_blur", "motion_blur"):
        assert all(
            fine(after) < 0.7 * fine(before) for before, after in zip(images, changed(name, images, 4), strict=True)
        )
    for name in ("white_noise", "chroma_noise", "impulse_noise"):
        assert all(
            fine(after) > 1.2 * fine(before) for before, after in zip(images, changed(name, images, 4), strict=True)
        )


def test_blur_is_the_same_for_a_viewer_whatever_the_resolution() -> None:
    edge = np.repeat(np.repeat((np.arange(112) >= 56)[None, :, None] * 1.0, 112, axis=0), 3, axis=2)
    large = edge.repeat(2, axis=0).repeat(2, axis=1)
    for name in ("gaussian_blur", "lens_blur"):
        small = DISTORTIONS[name].apply(edge, 4, rng())
        halved = (
            DISTORTIONS[name].apply(large, 4, rng())[::2, ::2] / 2
            + DISTORTIONS[name].apply(large, 4, rng())[1::2, 1::2] / 2
        )
        assert np.abs(small - halved).max() < 0.06


def test_full_desaturation_leaves_gray(images: list[Pixels]) -> None:
    for image in changed("desaturation", images, 5):
        assert np.ptp(image, axis=-1).max() < 1e-9


def test_exposure_moves_brightness_its_way(images: list[Pixels]) -> None:
    for name, sign in (("brighten", 1), ("darken", -1)):
        for before, after in zip(images, changed(name, images, 3), strict=True):
            assert sign * (after.mean() - before.mean()) > 0.05


def test_a_tilted_camera_turns_the_horizon() -> None:
    size = round(112 * FINENESS / FIELD)
    view = np.repeat(np.repeat((np.arange(size) >= size // 2)[:, None, None] * 1.0, size, axis=1), 3, axis=2)
    slopes = []
    for level in (1, 3, 5):
        heights = (DISTORTIONS["tilted"].apply(view, level, rng())[..., 0] < 0.5).sum(axis=0)
        slopes.append(abs(np.polyfit(np.arange(len(heights)), heights, 1)[0]))
    assert np.allclose(np.rad2deg(np.arctan(slopes)), [5.4, 16.2, 27.0], atol=1.0)


def test_a_well_framed_picture_has_the_size_that_the_view_was_made_for() -> None:
    for size in (56, 112, 224, 448):
        view = np.zeros((round(FINENESS * size / FIELD),) * 2 + (3,))
        assert window(view).shape == (size, size, 3)


def test_the_table_names_files_and_channels_that_exist() -> None:
    assert {distortion.family for distortion in DISTORTIONS.values()} == {
        "blur", "noise", "color", "compression", "exposure", "framing"
    }  # fmt: skip
    for distortion in DISTORTIONS.values():
        assert set(distortion.damage) <= set(CHANNEL_WEIGHTS)
        assert all(worst > 0 for worst in distortion.damage.values())
