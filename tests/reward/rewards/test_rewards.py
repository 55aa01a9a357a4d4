"""Every reward against its formula written once more, and what every reward must obey."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from mgiqa.attributes import KEYS
from mgiqa.overall import Overall
from mgiqa.reward.advantage import FAILED, LIVE, MASKED, RewardBatch, compute, settings_named
from mgiqa.reward.rewards import REWARDS
from tests.reward.batches import plain_batch, random_batch
from tests.reward.literal import QUALITY, Literal, all_qualities

NAMES = [f"{reward}:{variant}" for reward in REWARDS for variant in REWARDS[reward].settings]
BATCHES = 60


@cache
def batches() -> list[RewardBatch]:
    return [random_batch(seed) for seed in range(BATCHES)]


@cache
def wanted_qualities(name: str, overall: Overall) -> list[np.ndarray]:
    literals = [Literal(batch, overall) for batch in batches()]
    return [np.array(all_qualities(literal, QUALITY[name]), dtype=object) for literal in literals]


def test_every_reward_has_a_literal_reference() -> None:
    assert set(NAMES) == set(QUALITY)


@pytest.mark.parametrize("attributes", ["overall", "all"])
@pytest.mark.parametrize("name", NAMES)
def test_a_reward_equals_its_published_formula(name: str, attributes: str) -> None:
    settings = settings_named(name, attributes=attributes)
    seen = {LIVE: 0, MASKED: 0, FAILED: 0}
    for batch, formula in zip(batches(), wanted_qualities(name, settings.overall), strict=True):
        result = compute(batch, settings)
        wanted = formula.copy()
        if attributes == "overall":
            wanted[:, :, :-1] = "masked"
        state = np.select([wanted == "masked", wanted == "failed"], [MASKED, FAILED], LIVE)
        np.testing.assert_array_equal(result.state, state)
        live = state == LIVE
        np.testing.assert_allclose(result.quality[live], wanted[live].astype(float), rtol=0, atol=1e-9)
        assert np.isnan(result.quality[~live]).all()
        for value in seen:
            seen[value] += int((state == value).sum())
    assert min(seen.values()) > 30


@pytest.mark.parametrize("name", NAMES)
def test_a_reward_lies_between_zero_and_one(name: str) -> None:
    excess = 2e-3 if name == "visualquality_r1:code" else 1e-12
    for batch in batches()[:40]:
        quality = compute(batch, settings_named(name, attributes="all")).quality
        assert np.nanmin(quality, initial=0) >= 0
        assert np.nanmax(quality, initial=1) <= 1 + excess


@pytest.mark.parametrize("name", [name for name in NAMES if not REWARDS[name.partition(":")[0]].common_scale])
def test_the_scale_of_a_domain_changes_nothing_for_a_ranking_reward(name: str) -> None:
    for seed in range(20):
        batch = random_batch(seed)
        chosen = (batch.domain == batch.domain[-1])[:, None]
        stretched = replace(
            batch,
            labels=np.where(chosen, 17.3 * batch.labels - 40, batch.labels),
            label_std=np.where(chosen, 17.3 * batch.label_std, batch.label_std),
        )
        settings = settings_named(name, attributes="all")
        one, other = compute(batch, settings), compute(stretched, settings)
        np.testing.assert_allclose(other.quality, one.quality, atol=1e-9)
        np.testing.assert_allclose(other.combined, one.combined, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if REWARDS[name.partition(":")[0]].common_scale])
def test_a_regression_reward_does_depend_on_the_scale(name: str) -> None:
    batch = plain_batch()
    stretched = replace(batch, labels=2 * batch.labels, label_std=2 * batch.label_std)
    settings = settings_named(name, attributes="all")
    assert np.nanmax(np.abs(compute(batch, settings).quality - compute(stretched, settings).quality)) > 0.01


def test_an_error_as_large_as_the_threshold_is_wrong() -> None:
    nothing = np.full((1, 1), np.nan)
    batch = RewardBatch(np.array([[[3.25], [3.2], [2.75]]]), np.array([[3.0]]), nothing, np.zeros(1), np.zeros(1))
    settings = settings_named("q_insight", attributes="all", options={"threshold": 0.25})
    assert compute(batch, settings).quality.ravel().tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("name", NAMES)
def test_the_settings_of_a_reward_name_it(name: str) -> None:
    assert settings_named(name).reward == name.partition(":")[0]


@pytest.mark.parametrize("reward", REWARDS)
def test_a_reward_says_its_formula_and_source(reward: str) -> None:
    assert REWARDS[reward].formula
    assert REWARDS[reward].source


@pytest.mark.parametrize("name", NAMES)
def test_better_answers_earn_more_on_average(name: str) -> None:
    generator = np.random.default_rng(1)
    batch = plain_batch(n=40, a=len(KEYS))
    truth = batch.labels[:, None, :]
    close = replace(batch, scores=np.clip(truth + generator.normal(0, 0.3, batch.scores.shape), 1, 5))
    wild = replace(batch, scores=np.clip(truth + generator.normal(0, 1.5, batch.scores.shape), 1, 5))
    settings = settings_named(name, attributes="all")
    assert np.nanmean(compute(close, settings).quality) > np.nanmean(compute(wild, settings).quality)
