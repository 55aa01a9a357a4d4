import numpy as np
import pytest
from scipy.stats import norm

from mgiqa.reward.thurstone import Groups, group, preference, shrunk_variance


def test_statistics_leave_missing_answers_out() -> None:
    groups = group(np.array([[[1.0], [np.nan], [4.0]], [[np.nan], [np.nan], [2.0]], [[np.nan]] * 3]))
    assert groups.count[:, 0].tolist() == [2, 1, 0]
    assert groups.mean[:, 0].tolist() == [2.5, 2.0, 0.0]
    assert groups.variance[:, 0].tolist() == [4.5, 0.0, 0.0]


def test_a_preference_is_the_normal_probability_of_the_gap() -> None:
    # answer 3.4 against mean 3.0, variances 0.09 and 0.03, gamma 0.04: z = 0.4 / 0.4
    assert preference(np.array(0.4), np.array(0.16)) == pytest.approx(norm.cdf(1.0), abs=1e-15)


def test_swapping_a_pair_mirrors_the_preference() -> None:
    generator = np.random.default_rng(0)
    gap, variance = generator.normal(0, 3, 1000), generator.uniform(1e-6, 4, 1000)
    np.testing.assert_allclose(preference(gap, variance) + preference(-gap, variance), 1, atol=1e-15)


def test_without_variance_the_sign_of_the_gap_decides() -> None:
    np.testing.assert_array_equal(preference(np.array([2.0, 0.0, -0.1]), np.zeros(3)), [1.0, 0.5, 0.0])


def test_a_missing_score_gives_no_preference() -> None:
    assert np.isnan(preference(np.array([np.nan]), np.array([1.0]))).all()


def test_shrinking_draws_small_groups_to_the_median_of_their_domain() -> None:
    groups = Groups(
        count=np.array([[3], [5], [1], [2]]),
        mean=np.zeros((4, 1)),
        variance=np.array([[0.1], [0.5], [0.0], [9.0]]),
    )
    domain = np.array(["a", "a", "a", "b"])
    shrunk = shrunk_variance(groups, domain, prior_answers=4, least_std=0.1)[:, 0]
    median = 0.3
    assert shrunk[0] == pytest.approx((4 * median + 2 * 0.1) / 6)
    assert shrunk[1] == pytest.approx((4 * median + 4 * 0.5) / 8)
    assert shrunk[2] == pytest.approx(median)
    assert shrunk[3] == pytest.approx(9.0)


def test_the_floor_keeps_equal_answers_from_being_certain() -> None:
    groups = group(np.full((3, 4, 1), 2.0))
    np.testing.assert_allclose(shrunk_variance(groups, np.zeros(3), 4.0, 0.1), 0.01)


def test_without_a_prior_shrinking_is_the_sample_variance() -> None:
    groups = group(np.random.default_rng(0).uniform(1, 5, (6, 5, 2)))
    np.testing.assert_allclose(shrunk_variance(groups, np.zeros(6), 0.0, 0.0), groups.variance)
