"""An attribute score stands beside what the overall score reaches in its place."""

import json

import numpy as np
import pytest
from scipy import stats

from mgiqa.errors import DataError
from mgiqa.metrics.correlation import partial_correlation
from mgiqa.metrics.validity import VALIDITY_FIGURES, validity

KEYS = ("sharpness", "noise", "overall")


def world(n: int = 300, seed: int = 0) -> np.ndarray:
    """True scores (n, 3): two attributes that are nearly the overall, as those of SPAQ are."""
    rng = np.random.default_rng(seed)
    attributes = rng.normal(size=(n, 1)) + 0.5 * rng.normal(size=(n, 2))
    return np.clip(3 + np.column_stack([attributes, attributes.mean(axis=1)]), 1, 5)


def seen(true: np.ndarray, noise: float = 0.2, seed: int = 1) -> np.ndarray:
    return true + noise * np.random.default_rng(seed).normal(size=true.shape)


def copied(scores: np.ndarray) -> np.ndarray:
    return np.repeat(scores[:, -1:], scores.shape[1], axis=1)


def test_a_model_that_copies_its_overall_score_gains_nothing_over_it() -> None:
    true = world()
    for attribute in validity(copied(seen(true)), true, KEYS, resamples=200).attributes:
        assert (attribute.identical, attribute.gain, attribute.likeness) == (1, 0, pytest.approx(1))
        assert attribute.srcc > 0.8
        assert np.isnan(attribute.beyond), "given itself nothing is left"


def test_a_copy_with_a_little_noise_is_like_it_and_equal_nowhere() -> None:
    true = world()
    blurred = copied(seen(true)) + 0.02 * np.random.default_rng(3).normal(size=true.shape)
    for attribute in validity(blurred, true, KEYS, resamples=0).attributes:
        assert attribute.identical == 0
        assert attribute.likeness > 0.99
        assert abs(attribute.gain) < 0.02


def test_a_model_that_sees_attributes_gains_over_its_overall_score() -> None:
    true = world()
    for attribute in validity(seen(true), true, KEYS, resamples=200).attributes:
        assert attribute.intervals["gain"][0] > 0
        assert attribute.intervals["beyond"][0] > 0
        assert attribute.partial > 0.3


@pytest.mark.parametrize("figure", VALIDITY_FIGURES)
def test_an_interval_holds_its_figure(figure: str) -> None:
    for attribute in validity(seen(world()), world(), KEYS, resamples=200).attributes:
        low, high = attribute.intervals[figure]
        assert low < getattr(attribute, figure) < high


def test_the_copy_baseline_is_the_model_s_own_overall_and_the_oracle_the_true_one() -> None:
    true = world()
    predicted = seen(true)
    first = validity(predicted, true, KEYS, resamples=0).attributes[0]
    assert first.copy_overall == pytest.approx(stats.spearmanr(predicted[:, 2], true[:, 0])[0], abs=1e-12)
    assert first.copy_true_overall == pytest.approx(stats.spearmanr(true[:, 2], true[:, 0])[0], abs=1e-12)
    assert first.gain == pytest.approx(first.srcc - first.copy_overall, abs=1e-12)


def test_a_score_that_runs_against_the_attribute_has_a_partial_correlation_below_zero() -> None:
    true = world()
    against = true.copy()
    against[:, 0] = 2 * true[:, 2] - true[:, 0]
    found = validity(against, true, KEYS, resamples=200).attributes[0]
    assert found.intervals["partial"][1] < 0


def test_a_score_that_only_mends_an_error_of_the_overall_score_has_nothing_by_itself() -> None:
    """It says nothing about the attribute by itself, yet something once the model's own overall score is known."""
    rng = np.random.default_rng(5)
    overall, special, error = rng.normal(size=(3, 400))
    true = np.column_stack([overall + special, overall, overall])
    predicted = np.column_stack([0.3 * rng.normal(size=400) - error, overall, overall + 0.7 * special + error])
    found = validity(predicted, true, KEYS, resamples=200).attributes[0]
    assert found.intervals["beyond"][0] > 0
    assert found.intervals["partial"][0] < 0 < found.intervals["partial"][1]


def test_a_constant_score_has_no_figure_rather_than_zero() -> None:
    constant = seen(world())
    constant[:, 0] = 3.0
    found = validity(constant, world(), KEYS, resamples=100).attributes[0]
    assert [name for name in ("srcc", "partial", "beyond", "likeness") if not np.isnan(getattr(found, name))] == []


def test_missing_scores_are_counted() -> None:
    true, predicted = world(), seen(world())
    predicted[:7, 0] = np.nan
    first, second = validity(predicted, true, KEYS, resamples=0).attributes
    assert (first.n, first.n_scored) == (300, 293)
    assert (second.n, second.n_scored) == (300, 300)


def test_the_matrices_hold_spearman_s_correlation() -> None:
    true, predicted = world(), seen(world())
    found = validity(predicted, true, KEYS, resamples=0)
    np.testing.assert_allclose(found.predicted, stats.spearmanr(predicted)[0], atol=1e-12)
    np.testing.assert_allclose(found.true, stats.spearmanr(true)[0], atol=1e-12)
    assert found.cross[0, 1] == pytest.approx(stats.spearmanr(predicted[:, 0], true[:, 1])[0], abs=1e-12)


def test_partial_correlation_is_the_correlation_of_residuals() -> None:
    data = np.random.default_rng(8).normal(size=(50, 4)) @ np.random.default_rng(9).normal(size=(4, 4))
    design = np.column_stack([np.ones(50), data[:, 2:]])
    left = data[:, :2] - design @ np.linalg.lstsq(design, data[:, :2], rcond=None)[0]
    found = partial_correlation(np.corrcoef(data.T)[None], [2, 3])[0]
    assert found == pytest.approx(np.corrcoef(left.T)[0, 1], abs=1e-10)


def test_partial_correlation_given_a_copy_is_undefined_and_a_repeated_condition_changes_nothing() -> None:
    x, y, z = np.random.default_rng(10).normal(size=(3, 40))
    assert np.isnan(partial_correlation(np.corrcoef([x, y, x])[None], [2])[0])
    once = partial_correlation(np.corrcoef([x, y, z])[None], [2])[0]
    assert partial_correlation(np.corrcoef([x, y, z, z])[None], [2, 3])[0] == pytest.approx(once, abs=1e-9)


def test_the_result_goes_to_json() -> None:
    found = validity(copied(seen(world(20))), world(20), KEYS, resamples=50)
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["attributes"][0]["beyond"] is None


def test_shapes_that_do_not_fit_end_in_one_sentence() -> None:
    with pytest.raises(DataError, match="do not fit the attributes"):
        validity(np.ones((5, 2)), np.ones((5, 3)), KEYS)
    with pytest.raises(DataError, match="overall among them"):
        validity(np.ones((5, 2)), np.ones((5, 2)), ("sharpness", "noise"))
