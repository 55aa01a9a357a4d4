from dataclasses import replace

import numpy as np
import pytest

from mgiqa.reward import pairs
from mgiqa.reward.advantage import FAILED, LIVE, MASKED, PARITY, RECOMMENDED, RewardBatch, compute
from mgiqa.reward.settings import RewardSettings
from tests.reward.batches import plain_batch, random_batch


def number_of_partners(batch: RewardBatch, settings: RewardSettings = PARITY) -> np.ndarray:
    seen = np.zeros(batch.labels.shape)
    for rows, columns in pairs.blocks(batch, settings):
        seen[rows] += pairs.comparable(batch, settings, rows, columns).sum(axis=1, keepdims=True)
    return seen[:, 0]


def test_only_the_own_domain_is_compared() -> None:
    batch = plain_batch(n=5)
    assert number_of_partners(batch).tolist() == [2, 1, 2, 1, 2]
    assert number_of_partners(batch, replace(PARITY, across_domains=True)).tolist() == [4] * 5


def test_an_image_is_no_partner_of_itself() -> None:
    batch = replace(plain_batch(n=5, domains=1), image=np.array([0, 0, 1, 2, 3]))
    assert number_of_partners(batch).tolist() == [3, 3, 4, 4, 4]


def test_contents_can_be_held_apart_or_together() -> None:
    batch = replace(plain_batch(n=6, domains=1), content=np.array([0, 0, 0, 1, 1, 2]))
    assert number_of_partners(batch, replace(PARITY, content="same")).tolist() == [2, 2, 2, 1, 1, 0]
    assert number_of_partners(batch, replace(PARITY, content="different")).tolist() == [3, 3, 3, 4, 4, 5]


def test_a_partner_needs_two_valid_answers() -> None:
    batch = plain_batch(n=3, k=3, domains=1)
    scores = batch.scores.copy()
    scores[2, 1:] = np.nan
    result = compute(replace(batch, scores=scores), PARITY)
    assert (result.state[:2] == MASKED).all()
    assert (result.state[2, 0] == LIVE).all()
    assert (result.state[2, 1:] == FAILED).all()


def test_an_unlabelled_image_is_no_partner_but_the_others_go_on() -> None:
    batch = plain_batch(n=4, domains=1)
    labels = batch.labels.copy()
    labels[3, 0] = np.nan
    result = compute(replace(batch, labels=labels), PARITY)
    assert (result.state[3, :, 0] == MASKED).all()
    without = compute(plain_batch_rows(batch, 3), PARITY)
    np.testing.assert_allclose(result.quality[:3, :, 0], without.quality[:, :, 0])


def plain_batch_rows(batch: RewardBatch, number: int) -> RewardBatch:
    return RewardBatch(
        batch.scores[:number],
        batch.labels[:number],
        batch.label_std[:number],
        batch.domain[:number],
        batch.content[:number],
    )


@pytest.mark.parametrize("settings", [RECOMMENDED, PARITY], ids=["recommended", "parity"])
def test_the_size_of_a_block_changes_nothing(settings: RewardSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(10):
        batch = random_batch(seed)
        whole = compute(batch, settings)
        monkeypatch.setattr(pairs, "_BLOCK", 1)
        np.testing.assert_array_equal(compute(batch, settings).quality, whole.quality)
        monkeypatch.undo()


def test_a_worked_example_by_hand() -> None:
    # Two answers per image; sample variances 0.5, 0.5, 0.5; means 2.5, 3.5, 4.5; labels in the order 1 < 2 < 3.
    scores = np.array([[[2.0], [3.0]], [[3.0], [4.0]], [[4.0], [5.0]]])
    batch = RewardBatch(scores, np.array([[1.0], [2.0], [3.0]]), np.full((3, 1), np.nan), np.zeros(3), np.arange(3))
    quality = compute(batch, replace(PARITY, gamma=0.0)).quality[:, :, 0]
    # Answer 3.0 of the second image: against mean 2.5 z = 0.5, right side; against mean 4.5 z = -1.5, right side.
    phi_half, phi_three_halves = 0.6914624612740131, 0.9331927987311419
    assert quality[1, 0] == pytest.approx((phi_half**0.5 + phi_three_halves**0.5) / 2, abs=1e-12)
    # Answer 3.0 of the first image: against mean 3.5 z = -0.5; against mean 4.5 z = -1.5; both wanted.
    assert quality[0, 1] == pytest.approx((phi_half**0.5 + phi_three_halves**0.5) / 2, abs=1e-12)
    # Answer 5.0 of the third image: z = 2.5 and 1.5.
    assert quality[2, 1] == pytest.approx((0.9937903346742238**0.5 + phi_three_halves**0.5) / 2, abs=1e-12)
