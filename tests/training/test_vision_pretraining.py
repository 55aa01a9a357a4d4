import numpy as np
import pytest
import torch

from mgiqa.attributes import KEYS
from mgiqa.metrics.correlation import srcc
from mgiqa.training.base.pooling import Pooling
from mgiqa.training.base.vision_pretraining import (
    label_statistics,
    pretrain_vision_tower,
    read_scores,
    reading_directions,
    ridge_regression,
    weighted_error,
)

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
    assert ridge_regression(features, target) == pytest.approx(rule, abs=0.05)


def test_ridge_without_targets_says_nothing() -> None:
    assert ridge_regression(np.ones((4, 3)), np.full(4, NAN)).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("place", range(4))
def test_a_feature_that_is_0_on_all_images_gets_no_slope_and_leaves_the_others_theirs(place: int) -> None:
    rng = np.random.default_rng(0)
    features, target = rng.normal(size=(50, 3)), rng.normal(size=50)
    slopes = ridge_regression(np.insert(features, place, 0.0, axis=1), target)
    assert slopes == pytest.approx(np.insert(ridge_regression(features, target), place, 0.0), abs=1e-12)


def test_an_attribute_that_nobody_labels_has_harmless_statistics() -> None:
    mean, deviation = label_statistics(np.array([[NAN, 1.0], [NAN, 3.0]]))
    assert mean.tolist() == [0.0, 2.0]
    assert deviation.tolist() == [1.0, 1.0]


def test_each_known_score_counts_by_the_weight_of_its_attribute() -> None:
    predicted = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    target = torch.tensor([[0.0, NAN], [1.0, 1.0]])
    error = weighted_error(predicted, target, torch.tensor([1.0, 3.0]))
    assert error.item() == pytest.approx((1 + 4 + 3 * 9) / (1 + 1 + 3))
    error.backward()
    assert predicted.grad is not None
    assert predicted.grad.flatten().tolist() == pytest.approx([2 / 5, 0.0, 4 / 5, 18 / 5])


def test_a_tower_taught_through_its_attributes_ranks_unseen_images_by_what_they_add_up_to(
    build, processor, training, validation
):
    model, images = build(), processor.image_processor
    pretrain_vision_tower(model, images, training, steps=30, batch=8, seed=0, pool=True)
    directions = reading_directions(model.config.text_config.hidden_size, len(KEYS), seed=0)
    with torch.no_grad():
        said = read_scores(model, images, [validation.image(row) for row in range(len(validation))], directions)
    pooling = Pooling.of(training.labels, *label_statistics(training.labels))
    assert pooling is not None
    whole = pooling(said)
    assert srcc(whole.double().numpy(), validation.labels[:, -1]) > 0.8


def test_without_labelled_attributes_adding_up_changes_nothing(build, processor, training):
    alone = training.take(np.arange(len(training) // 2, len(training)))  # the dataset that labels the whole alone
    towers = [build(), build()]
    for model, pool in zip(towers, (True, False), strict=True):
        pretrain_vision_tower(model, processor.image_processor, alone, steps=2, batch=2, seed=0, pool=pool)
    one, other = (model.state_dict() for model in towers)
    assert all(torch.equal(one[name], other[name]) for name in one)
