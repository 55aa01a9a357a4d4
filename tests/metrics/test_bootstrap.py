"""Resamples draw contents with all their images, and intervals cover what they should."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mgiqa.metrics.bootstrap import CHUNK, bootstrap, content_codes, multiplicities, percentile_interval


def test_a_resample_draws_as_many_contents_as_there_are_each_with_all_its_images() -> None:
    codes = np.array([0, 1, 1, 2, 2, 2, 3])
    weights = multiplicities(codes, 500, np.random.default_rng(0))
    drawn = weights[:, [0, 1, 3, 6]]
    assert (drawn.sum(axis=1) == 4).all()
    np.testing.assert_array_equal(weights, drawn[:, codes])
    np.testing.assert_allclose(drawn.mean(axis=0), 1, atol=0.15)


def test_the_number_of_chunks_shows_only_in_the_number_of_rows() -> None:
    n = CHUNK // 3
    sums = bootstrap(lambda weights: weights.sum(axis=1).astype(float), np.arange(n), 8, seed=0)
    np.testing.assert_array_equal(sums, np.full(8, n))


@pytest.mark.parametrize("resamples", [1, 7, 8, 9])
def test_there_are_as_many_resamples_as_were_asked_for_and_no_two_chunks_are_equal(resamples: int) -> None:
    n = CHUNK // 4
    drawn = bootstrap(lambda weights: weights[:, :50].astype(float), np.arange(n), resamples, seed=0)
    assert drawn.shape == (resamples, 50)
    assert len({row.tobytes() for row in drawn}) == resamples


def test_more_values_than_a_chunk_holds_are_drawn_one_resample_at_a_time() -> None:
    n = 2 * CHUNK
    rows = bootstrap(lambda weights: np.full(len(weights), len(weights)), np.arange(n), 2, seed=0)
    assert rows.tolist() == [1, 1]


def test_the_same_seed_gives_the_same_draws_on_any_number_of_cores() -> None:
    def statistic(weights: np.ndarray) -> np.ndarray:
        return weights @ np.arange(40_000.0)

    first = bootstrap(statistic, np.arange(40_000), 20, seed=3)
    np.testing.assert_array_equal(first, bootstrap(statistic, np.arange(40_000), 20, seed=3))
    assert (first != bootstrap(statistic, np.arange(40_000), 20, seed=4)).any()


def test_each_thread_has_one_of_blas_and_the_program_keeps_its_own() -> None:
    def threads() -> set[int]:
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    seen: list[set[int]] = []
    with threadpool_limits(2, user_api="blas"):
        bootstrap(lambda weights: seen.append(threads()) or weights.sum(axis=1), np.arange(30), 10, seed=0)
        assert threads() == {2}
    assert seen == [{1}]


def test_the_spread_of_a_bootstrapped_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(0).normal(size=400)
    means = bootstrap(lambda weights: weights @ values / weights.sum(axis=1), np.arange(400), 4000, seed=0)
    assert means.std() == pytest.approx(values.std() / 20, rel=0.05)


def test_ninety_percent_intervals_hold_the_truth_about_nine_times_in_ten() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for trial in range(200):
        values = rng.normal(size=60)
        means = bootstrap(lambda weights, v=values: weights @ v / weights.sum(axis=1), np.arange(60), 300, seed=trial)
        low, high = percentile_interval(means, 0.9)
        inside += low <= 0 <= high
    assert 165 <= inside <= 195


def test_contents_are_numbered_by_name_and_missing_ones_stand_alone() -> None:
    np.testing.assert_array_equal(content_codes(["b", "a", "b"]), [1, 0, 1])
    codes = content_codes(["a", None, "", float("nan"), "a", "1", 1])
    assert codes[0] == codes[4]
    assert codes[5] == codes[6]
    assert len(set(codes.tolist())) == 5
    assert len(set(content_codes(["", "", None, None, "None", "nan", float("nan")]).tolist())) == 7


def test_an_interval_is_the_middle_part_of_the_values_in_any_order() -> None:
    values = np.random.default_rng(0).permutation(1001)
    assert percentile_interval(values) == pytest.approx((25, 975))
    assert percentile_interval(values, 0.9) == pytest.approx((50, 950))


def test_an_interval_leaves_undefined_values_out_up_to_a_half() -> None:
    assert percentile_interval([0.0, 1.0, np.nan], 0.5) == (0.25, 0.75)
    assert percentile_interval([0.0, 1.0, np.nan, np.nan], 0.5) == (0.25, 0.75)
    assert np.isnan(percentile_interval([0.0, np.nan, np.nan])).all()
    assert np.isnan(percentile_interval([])).all()
