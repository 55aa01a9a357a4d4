import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from mgiqa.reward.thurstone import hard, soft, target

NAN = float("nan")


def test_a_hard_target_is_the_order_of_the_labels() -> None:
    np.testing.assert_array_equal(hard(np.array([0.3, 0.0, -2.0]), np.full(3, NAN), 0.0), [1, 0.5, 0])


def test_labels_within_the_band_tie() -> None:
    # both raters' deviations are 0.8, a quarter of it is 0.2
    np.testing.assert_array_equal(hard(np.array([0.19, 0.21, -0.19]), np.full(3, 2 * 0.8**2), 0.25), [0.5, 1, 0.5])


def test_without_known_raters_only_equal_labels_tie() -> None:
    np.testing.assert_array_equal(hard(np.array([1e-6, 0.0]), np.full(2, NAN), 0.25), [1, 0.5])


def test_a_soft_target_is_how_likely_one_rater_prefers_the_image() -> None:
    # MOS 3.5 and 3.0, deviations 0.3 and 0.4: z = 0.5 / 0.5
    assert soft(np.array(0.5), np.array(0.25)) == pytest.approx(norm.cdf(1.0))


def test_raters_who_all_agree_make_a_soft_target_hard() -> None:
    np.testing.assert_array_equal(soft(np.array([0.5, 0.0, -0.5]), np.zeros(3)), [1, 0.5, 0])


def test_a_pair_without_rater_deviation_falls_back_to_the_hard_target() -> None:
    mixed = target(np.array([0.1, 0.1]), np.array([NAN, 0.5]), np.array([True, True]), 0.0)
    assert mixed[0] == 1
    assert 0.5 < mixed[1] < 1


@given(
    st.floats(-5, 5),
    st.floats(-5, 5),
    st.floats(0.05, 2),
    st.floats(0.05, 2),
    st.booleans(),
    st.floats(0.01, 100),
    st.floats(-100, 100),
)
def test_no_scale_is_realigned(one: float, other: float, s: float, t: float, is_soft: bool, a: float, b: float) -> None:
    def chosen(one: float, other: float, s: float, t: float) -> float:
        return float(target(np.array(one - other), np.array(s * s + t * t), np.array(is_soft), 0.0))

    if 0 < abs(one - other) < 1e-6:
        return
    assert chosen(a * one + b, a * other + b, a * s, a * t) == pytest.approx(chosen(one, other, s, t), abs=1e-6)


@given(st.floats(-5, 5), st.floats(0, 4), st.booleans(), st.floats(0, 1))
def test_swapping_two_images_mirrors_the_target(gap: float, variance: float, is_soft: bool, band: float) -> None:
    def chosen(gap: float) -> float:
        return float(target(np.array(gap), np.array(variance), np.array(is_soft), band))

    assert chosen(gap) + chosen(-gap) == pytest.approx(1)
