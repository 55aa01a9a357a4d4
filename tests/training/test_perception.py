import numpy as np
import pytest

from mgiqa.training.perception import label_statistics, reading_directions, ridge

NAN = float("nan")


def test_reading_directions_do_not_overlap() -> None:
    directions = reading_directions(32, 5, seed=0)
    product = (directions @ directions.T).numpy()
    assert np.allclose(product, np.diag(np.diag(product)), atol=1e-5)
    assert np.allclose(np.diag(product), product[0, 0])


def test_ridge_finds_a_linear_rule_in_the_known_targets() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 6))
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    rule = np.array([2.0, -1.0, 0.0, 0.5, 0.0, 0.0])
    target = features @ rule + 3.0
    target[::3] = NAN
    assert ridge(features, target) == pytest.approx(rule, abs=0.05)


def test_ridge_without_targets_says_nothing() -> None:
    assert ridge(np.ones((4, 3)), np.full(4, NAN)).tolist() == [0.0, 0.0, 0.0]


def test_an_attribute_that_nobody_labels_has_harmless_statistics() -> None:
    mean, deviation = label_statistics(np.array([[NAN, 1.0], [NAN, 3.0]]))
    assert mean.tolist() == [0.0, 2.0]
    assert deviation.tolist() == [1.0, 1.0]
