from itertools import pairwise

import numpy as np
import pytest
import torch

from mgiqa.attributes import KEYS
from mgiqa.overall import EXPONENT
from mgiqa.overall import minkowski_mean as mean_pooled
from mgiqa.training.base.pooling import Pooling, minkowski_sum
from mgiqa.training.base.vision_pretraining import label_statistics

NAN = float("nan")


def test_one_fault_far_from_the_best_is_the_whole() -> None:
    assert minkowski_sum(torch.tensor([[5.0, 2.0, 5.0]])).item() == pytest.approx(2.0, abs=0.01)


def test_equal_faults_add_up_as_the_minkowski_sum_does() -> None:
    whole = minkowski_sum(torch.full((1, 4), 3.0)).item()
    assert whole == pytest.approx(5 - 2 * 4 ** (1 / EXPONENT), abs=0.01)


def test_the_sum_orders_images_almost_as_the_mean_of_answers_does() -> None:
    parts = np.random.default_rng(0).uniform(1, 4, (200, 4))
    whole = minkowski_sum(torch.from_numpy(parts)).numpy()
    impairment = 4 ** (1 / EXPONENT) * (5 - mean_pooled(parts))
    assert whole == pytest.approx(5 - impairment, abs=0.01)


def test_the_whole_is_no_better_than_the_worst_part() -> None:
    parts = torch.from_numpy(np.random.default_rng(0).uniform(1, 5, (200, 4)))
    assert bool((minkowski_sum(parts) <= parts.min(dim=1).values).all())


def test_a_better_part_makes_a_better_whole() -> None:
    wholes = [minkowski_sum(torch.tensor([[3.0, part]])).item() for part in np.linspace(0.0, 6.0, 25)]
    assert all(worse < better for worse, better in pairwise(wholes))


def test_the_whole_teaches_the_worst_part_most_and_leaves_no_part_without_a_slope() -> None:
    parts = torch.tensor([[5.0, 2.0, 3.5]], requires_grad=True)
    minkowski_sum(parts).sum().backward()
    assert parts.grad is not None
    best, worst, middle = parts.grad[0].tolist()
    assert worst > middle > best > 0


def test_parts_far_beyond_the_best_score_leave_a_finite_slope() -> None:
    parts = torch.full((1, 4), 40.0, requires_grad=True)
    minkowski_sum(parts).sum().backward()
    assert parts.grad is not None
    assert bool(torch.isfinite(parts.grad).all())


def test_pooling_in_deviations_is_pooling_in_scores() -> None:
    scores = np.random.default_rng(1).uniform(1, 5, (20, len(KEYS)))
    scores[:, 1] = NAN  # nobody labels it: it takes no part
    mean, deviation = label_statistics(scores)
    said = torch.from_numpy((scores - mean) / deviation).float()
    pooling = Pooling.of(scores, mean, deviation)
    assert pooling is not None
    whole = pooling(said).numpy() * deviation[-1] + mean[-1]
    assert whole == pytest.approx(minkowski_sum(torch.from_numpy(scores[:, [0, 2, 3]])).numpy(), abs=1e-5)


def test_without_labelled_attributes_there_is_nothing_to_pool() -> None:
    labels = np.full((3, len(KEYS)), NAN)
    labels[:, -1] = [1.0, 2.0, 3.0]
    assert Pooling.of(labels, *label_statistics(labels)) is None
