"""From scores to advantages: the laws that hold for a whole batch."""

from dataclasses import fields, replace

import numpy as np
import pytest

from mgiqa.errors import SettingsError
from mgiqa.reward.advantage import (
    FAILED,
    LIVE,
    MASKED,
    PARITY,
    RECOMMENDED,
    RewardBatch,
    RewardResult,
    Running,
    compute,
    settings_named,
)
from mgiqa.reward.batch import AnswerFormat
from mgiqa.reward.rewards import REWARDS
from mgiqa.reward.settings import RewardSettings
from tests.reward.batches import plain_batch, random_batch
from tests.reward.literal import QUALITY, Literal, Separate, all_qualities, summed

BOTH = pytest.mark.parametrize("settings", [RECOMMENDED, PARITY], ids=["recommended", "parity"])
APART = pytest.mark.parametrize("settings", [replace(RECOMMENDED, overall="direct"), PARITY], ids=["direct", "parity"])
"""The overall score stands for itself, and no attribute has a say in another."""
PER_IMAGE = ("quality", "state", "advantage", "dead", "weight", "component", "format", "combined", "reward")


def assert_same(one: RewardResult, other: RewardResult, tolerance: float = 1e-9) -> None:
    for name in PER_IMAGE:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=tolerance, err_msg=name)


def taken(result: RewardResult, images: np.ndarray | slice, answers: np.ndarray | slice = slice(None)) -> RewardResult:
    """The same result with images and answers in another order."""
    changed = {}
    for name in PER_IMAGE:
        value = getattr(result, name)[images]
        changed[name] = value if name in ("dead", "weight") else value[:, answers]
    return replace(result, **changed)


def rows(batch: RewardBatch, images: np.ndarray | slice) -> RewardBatch:
    given = {field.name: getattr(batch, field.name) for field in fields(batch)}
    return RewardBatch(**{name: None if value is None else value[images] for name, value in given.items()})


@pytest.mark.parametrize("name", ["mg_thurstone:parity", "q_insight:paper", "mr_iqa_margin:sigma"])
def test_a_summed_advantage_equals_the_published_one(name: str) -> None:
    for seed in range(60):
        batch = random_batch(seed)
        literal = Literal(batch)
        wanted = summed(literal, all_qualities(literal, QUALITY[name]))
        result = compute(batch, settings_named(name, attributes="all"))
        np.testing.assert_allclose(result.combined, wanted, rtol=0, atol=1e-6)


def test_the_recommended_advantage_equals_its_formula_step_after_step() -> None:
    literal_steps, running = Separate(), Running()
    for seed in range(60):
        batch = random_batch(seed)
        literal = Literal(batch, "pooled")
        wanted = literal_steps.step(literal, all_qualities(literal, QUALITY["mg_thurstone:recommended"]))
        result = compute(batch, RECOMMENDED, running)
        running = result.running
        np.testing.assert_allclose(result.combined, wanted, rtol=0, atol=1e-6)


@BOTH
def test_nothing_that_trains_is_ever_missing(settings: RewardSettings) -> None:
    for seed in range(60):
        result = compute(random_batch(seed), settings)
        for name in ("advantage", "component", "format", "combined", "reward", "weight"):
            assert np.isfinite(getattr(result, name)).all(), name


@BOTH
def test_the_parts_make_up_the_whole(settings: RewardSettings) -> None:
    for seed in range(20):
        result = compute(random_batch(seed), settings)
        parts = (result.weight[:, None, :] * result.component).sum(axis=-1) + result.format
        np.testing.assert_allclose(result.combined, parts, atol=1e-12)


@BOTH
def test_the_order_of_images_only_permutes_the_result(settings: RewardSettings) -> None:
    for seed in range(20):
        batch = random_batch(seed)
        order = np.random.default_rng(seed).permutation(len(batch.domain))
        assert_same(compute(rows(batch, order), settings), taken(compute(batch, settings), order))


@BOTH
def test_the_order_of_answers_only_permutes_the_result(settings: RewardSettings) -> None:
    for seed in range(20):
        batch = random_batch(seed)
        order = np.random.default_rng(seed).permutation(batch.scores.shape[1])
        shuffled = replace(batch, scores=batch.scores[:, order], format=batch.format[:, order])
        assert_same(compute(shuffled, settings), taken(compute(batch, settings), slice(None), order))


@BOTH
def test_which_process_holds_a_row_changes_nothing(settings: RewardSettings) -> None:
    batch = random_batch(3)
    elsewhere = replace(batch, rank=1 - batch.rank)
    assert_same(compute(elsewhere, settings), compute(batch, settings))


def test_local_partners_make_every_process_a_batch_of_its_own() -> None:
    batch = replace(plain_batch(), rank=np.arange(24) // 12)
    settings = replace(PARITY, partners="local")
    whole = compute(batch, settings)
    for rank in range(2):
        own = np.flatnonzero(batch.rank == rank)
        assert_same(compute(rows(batch, own), settings), taken(whole, own))


def test_partners_of_so_many_images_are_those_of_processes_that_hold_so_many() -> None:
    batch = replace(plain_batch(), rank=np.arange(24) // 6)
    real = compute(batch, replace(PARITY, partners="local"))
    alone = replace(batch, rank=np.zeros(24, dtype=np.int64))
    assert_same(compute(alone, replace(PARITY, partners="local", local_images=6)), real)
    assert not np.allclose(compute(alone, replace(PARITY, partners="local")).reward, real.reward)


@BOTH
def test_another_domain_does_not_change_a_reward(settings: RewardSettings) -> None:
    batch = plain_batch(domains=2)
    own = np.flatnonzero(batch.domain == 0)
    assert_same(compute(rows(batch, own), settings), taken(compute(batch, settings), own))


@BOTH
def test_an_affine_change_of_one_domain_changes_nothing(settings: RewardSettings) -> None:
    batch = plain_batch()
    chosen = (batch.domain == 1)[:, None]
    other = replace(
        batch,
        labels=np.where(chosen, 25 * batch.labels - 25, batch.labels),
        label_std=np.where(chosen, 25 * batch.label_std, batch.label_std),
    )
    assert_same(compute(other, settings), compute(batch, settings))


@BOTH
def test_across_domains_an_affine_change_does_matter(settings: RewardSettings) -> None:
    batch, control = plain_batch(), replace(settings, across_domains=True)
    other = replace(batch, labels=batch.labels + 10 * batch.domain[:, None])
    assert np.abs(compute(other, control).quality - compute(batch, control).quality).max() > 0.01


@BOTH
def test_an_image_alone_in_its_domain_is_masked_and_only_its_format_trains(settings: RewardSettings) -> None:
    batch = plain_batch(n=9)
    formats = np.full((9, 6), AnswerFormat.STRICT)
    formats[0, 0] = AnswerFormat.RECOVERED
    batch = replace(batch, domain=np.array([5, *[1] * 8]), format=formats)
    result = compute(batch, settings)
    assert (result.state[0] == MASKED).all()
    assert (result.state[1:] == LIVE).all()
    assert (result.weight[0] == 0).all()
    np.testing.assert_array_equal(result.combined[0], result.format[0])
    assert result.combined[0, 0] < 0 < result.combined[0, 1]


@BOTH
def test_two_images_of_a_domain_have_one_partner_each_and_are_masked(settings: RewardSettings) -> None:
    result = compute(plain_batch(n=2, domains=1), settings)
    assert (result.state == MASKED).all()
    assert (compute(plain_batch(n=2, domains=1), replace(settings, min_partners=1)).state == LIVE).all()


@APART
def test_an_attribute_without_a_label_is_masked_and_has_no_say(settings: RewardSettings) -> None:
    batch = plain_batch()
    labels = batch.labels.copy()
    labels[:, 1] = np.nan
    masked = compute(replace(batch, labels=labels), settings)
    assert (masked.state[:, :, 1] == MASKED).all()
    assert (masked.weight[:, 1] == 0).all()
    np.testing.assert_allclose(masked.weight.sum(axis=1), 1)
    other_scores = batch.scores.copy()
    other_scores[:, :, 1] = 1.0
    changed = compute(replace(batch, labels=labels, scores=other_scores), settings)
    np.testing.assert_allclose(changed.combined, masked.combined)


@APART
def test_the_single_attribute_form_sees_the_overall_score_only(settings: RewardSettings) -> None:
    batch = plain_batch()
    single = compute(batch, replace(settings, attributes="overall"))
    assert (single.state[:, :, :-1] == MASKED).all()
    np.testing.assert_array_equal(single.quality[:, :, -1], compute(batch, settings).quality[:, :, -1])
    alone = replace(
        batch, scores=batch.scores[:, :, -1:], labels=batch.labels[:, -1:], label_std=batch.label_std[:, -1:]
    )
    np.testing.assert_allclose(compute(alone, settings).combined, single.combined, atol=1e-12)


@pytest.mark.parametrize("name", REWARDS)
def test_an_answer_that_failed_ends_below_all_its_siblings(name: str) -> None:
    for seed in range(30):
        batch = replace(random_batch(seed), format=None)
        result = compute(batch, settings_named(name, attributes="all"))
        failed = np.isnan(batch.scores).all(axis=2)
        for combined, lost in zip(result.combined, failed, strict=True):
            if lost.any() and not lost.all():
                assert combined[lost].max() < combined[~lost].min()
                assert combined[lost].max() < 0


def test_leaving_out_an_attribute_never_pays() -> None:
    batch = plain_batch(n=12, k=5)
    scores = batch.scores.copy()
    scores[0, 0, 2] = np.nan
    silent = compute(replace(batch, scores=scores, format=np.full((12, 5), AnswerFormat.STRICT)), RECOMMENDED)
    assert silent.state[0, 0, 2] == FAILED
    assert silent.advantage[0, 0, 2] == 0
    assert silent.component[0, 0, 2] == silent.component[0, :, 2].min()
    assert silent.component[0, 0, 2] < 0


def test_joined_the_overall_label_rewards_an_attribute_that_nobody_labelled() -> None:
    batch = plain_batch(n=12, k=5)
    labels = batch.labels.copy()
    labels[:, :-1] = np.nan
    best, scores = int(np.argmax(labels[:, -1])), batch.scores.copy()
    scores[best, 0, 0] = 1.0
    worse = replace(batch, scores=scores, labels=labels)
    scores = scores.copy()
    scores[best, 0, 0] = 5.0
    better = replace(batch, scores=scores, labels=labels)
    gain = compute(better).quality - compute(worse).quality
    assert gain[best, 0, -1] > 0
    said = replace(RECOMMENDED, overall="direct")
    np.testing.assert_array_equal(compute(better, said).quality, compute(worse, said).quality)


def test_the_single_attribute_form_rates_what_was_said() -> None:
    assert settings_named("mg_thurstone").overall == "pooled"
    assert settings_named("mg_thurstone", attributes="overall").overall == "direct"
    with pytest.raises(SettingsError, match="overall is pooled, and attributes is overall"):
        settings_named("mg_thurstone", attributes="overall", options={"overall": "pooled"})


def test_a_failed_answer_leaves_the_statistics_of_its_group_alone() -> None:
    batch = plain_batch(n=10, k=5)
    scores = batch.scores.copy()
    scores[0, 4] = np.nan
    lost = compute(replace(batch, scores=scores), replace(RECOMMENDED, variance="sample"))
    fewer = plain_batch(n=10, k=5)
    ghost = compute(
        replace(fewer, scores=np.concatenate([scores, scores[:, :1] * np.nan], axis=1)),
        replace(RECOMMENDED, variance="sample"),
    )
    np.testing.assert_allclose(ghost.quality[:, :5], lost.quality)
    np.testing.assert_allclose(ghost.advantage[:, :5], lost.advantage)
    live = lost.state[0, :, 0] == LIVE
    assert abs(lost.advantage[0, live, 0].sum()) < 1e-9


@BOTH
def test_a_group_of_equal_answers_is_dead_and_counted(settings: RewardSettings) -> None:
    batch = plain_batch()
    scores = batch.scores.copy()
    scores[3] = 2.5
    result = compute(replace(batch, scores=scores), settings)
    assert result.dead[3].all()
    assert not result.dead[4].any()
    assert (result.advantage[3] == 0).all()
    np.testing.assert_allclose(result.combined[3], 0, atol=1e-9)
    assert result.monitors["dead/overall"] == pytest.approx(1 / 24)


@BOTH
def test_a_batch_in_which_nothing_was_read_teaches_nothing(settings: RewardSettings) -> None:
    batch = plain_batch()
    result = compute(replace(batch, scores=np.full_like(batch.scores, np.nan)), settings)
    assert (result.combined == 0).all()
    assert (result.state == MASKED).all()


def test_one_answer_per_image_has_nothing_to_be_compared_with() -> None:
    for settings in (RECOMMENDED, PARITY):
        result = compute(plain_batch(k=1), settings)
        assert (result.combined == 0).all()


def test_domains_speak_equally_loud_whatever_their_number_of_attributes() -> None:
    batch = plain_batch(n=80, k=8)
    labels = batch.labels.copy()
    labels[batch.domain == 1, :-1] = np.nan
    settings = replace(RECOMMENDED, format_weight=0.0)
    for equal, bound in ((True, (0.98, 1.02)), (False, (0.0, 0.9))):
        combined = compute(replace(batch, labels=labels), replace(settings, equalize_domains=equal)).combined
        loudness = [np.sqrt((combined[batch.domain == domain] ** 2).mean()) for domain in range(2)]
        assert bound[0] < loudness[0] / loudness[1] < bound[1]


def test_the_running_means_travel_through_json() -> None:
    first = compute(plain_batch(0), RECOMMENDED)
    restored = Running.from_json(first.running.to_json())
    assert_same(compute(plain_batch(1), RECOMMENDED, restored), compute(plain_batch(1), RECOMMENDED, first.running), 0)
    assert restored != Running()


def test_what_a_batch_is_computed_from_stays_as_it_was() -> None:
    batch, running = random_batch(1), Running()
    before = batch.scores.copy(), batch.labels.copy(), dict(running.means)
    compute(batch, RECOMMENDED, running)
    np.testing.assert_array_equal(batch.scores, before[0])
    np.testing.assert_array_equal(batch.labels, before[1])
    assert dict(running.means) == before[2]


@pytest.mark.parametrize("name", ["thurston", "mg_thurstone:best", ""])
def test_an_unknown_reward_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(SettingsError, match="Choose one of"):
        settings_named(name)


def test_settings_of_an_unknown_reward_are_refused() -> None:
    with pytest.raises(SettingsError, match="mg_thurstone"):
        compute(plain_batch(), replace(RECOMMENDED, reward="nothing"))
