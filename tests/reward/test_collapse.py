from dataclasses import replace

import numpy as np
import pytest

from mgiqa.reward.advantage import RECOMMENDED, compute, settings_named
from mgiqa.reward.collapse import CollapseLimits, collapse
from tests.reward.batches import plain_batch

HEALTHY = compute(plain_batch(), RECOMMENDED).monitors
FEW = compute(replace(plain_batch(), scores=np.where(plain_batch().scores > 3, 4.0, 2.0)), RECOMMENDED).monitors
LOST = compute(
    replace(plain_batch(), scores=np.where(np.arange(6)[None, :, None] < 2, plain_batch().scores, np.nan)), RECOMMENDED
).monitors
NAMED = "sharpness, color, noise, composition, overall"
EQUAL = compute(replace(plain_batch(), scores=np.full((24, 6, 5), 3.0)), RECOMMENDED).monitors


def test_a_healthy_run_goes_on() -> None:
    assert not collapse([HEALTHY] * 20).collapsed
    assert not collapse([]).collapsed


def test_scores_on_a_few_values_end_a_run_and_the_attribute_is_named() -> None:
    verdict = collapse([HEALTHY, *[FEW] * 5])
    assert verdict.collapsed
    assert verdict.reasons == (f"{NAMED}: only 2 different scores were given (at least 4) in each of the last 5 steps",)


def test_one_bad_step_is_forgiven() -> None:
    assert not collapse([FEW, FEW, FEW, FEW, HEALTHY]).collapsed
    assert not collapse([FEW] * 4).collapsed
    assert collapse([FEW] * 4, CollapseLimits(patience=4)).collapsed


def test_answers_that_cannot_be_read_end_a_run() -> None:
    clause = f"{NAMED}: 67% of answers could not be read (limit 50%) in each of the last 5 steps"
    assert collapse([LOST] * 5).reasons == (clause,)


@pytest.mark.parametrize(("read", "share"), [(14, "90%"), (7, "95%"), (0, "100%")])
def test_hardly_any_readable_answer_ends_a_run_although_all_rows_are_masked(read: int, share: str) -> None:
    """With 1 answer in 10 hardly an image has the two readable answers that make it a partner."""
    scores = np.full((144, 5), np.nan)
    places = np.random.default_rng(0).permutation(144)[:read]
    scores[places] = plain_batch().scores.reshape(144, 5)[places]
    figures = compute(replace(plain_batch(), scores=scores.reshape(24, 6, 5)), RECOMMENDED).monitors
    assert figures["masked/overall"] > 0.5
    reasons = collapse([figures] * 5).reasons
    assert f"{NAMED}: {share} of answers could not be read (limit 50%) in each of the last 5 steps" in reasons
    assert not collapse([*[figures] * 4, HEALTHY]).collapsed


def test_answers_to_images_without_a_label_are_no_failures() -> None:
    batch = plain_batch()
    unlabelled = replace(batch, labels=np.where(np.arange(5) < 4, np.nan, batch.labels))
    assert not collapse([compute(unlabelled, RECOMMENDED).monitors] * 5).collapsed


def test_the_same_answer_for_every_image_ends_a_run() -> None:
    reasons = collapse([EQUAL] * 5).reasons
    assert any("all images got nearly the same score" in reason for reason in reasons)
    assert any("100% of groups taught nothing" in reason for reason in reasons)


def test_a_loss_that_is_not_a_number_ends_a_run_at_once() -> None:
    verdict = collapse([HEALTHY, {**HEALTHY, "loss": float("nan")}])
    assert verdict.reasons == ("loss is nan",)
    assert collapse([{**HEALTHY, "grad_norm": float("inf")}]).collapsed


def test_low_entropy_is_judged_where_a_limit_is_set() -> None:
    steps = [{**HEALTHY, "entropy": 0.01}] * 5
    assert not collapse(steps).collapsed
    assert "entropy 0.010" in collapse(steps, CollapseLimits(entropy=0.05)).reasons[0]


def test_an_attribute_that_nobody_teaches_is_not_judged() -> None:
    batch = plain_batch()
    scores = batch.scores.copy()
    scores[:, :, :-1] = 3.0
    figures = compute(replace(batch, scores=scores), settings_named("mg_thurstone", attributes="overall")).monitors
    assert not collapse([figures] * 5).collapsed


def steps(**figures: list[float]) -> list[dict[str, float]]:
    """One step per value; ``distinct__noise`` is the figure ``distinct/noise``."""
    return [
        {name.replace("__", "/"): value for name, value in zip(figures, values, strict=True)}
        for values in zip(*figures.values(), strict=True)
    ]


def test_what_reaches_a_limit_does_not_break_it() -> None:
    assert not collapse(
        steps(distinct__noise=[4.0] * 5, image_spread__noise=[0.02] * 5, dead__noise=[0.95] * 5)
    ).collapsed
    assert collapse(steps(distinct__noise=[3.0] * 5)).collapsed
    assert collapse(steps(image_spread__noise=[0.019] * 5)).collapsed
    assert collapse(steps(dead__noise=[0.96] * 5)).collapsed


def test_the_figure_that_is_told_is_that_of_the_last_step() -> None:
    (reason,) = collapse(steps(distinct__noise=[3.0, 3.0, 3.0, 1.0, 2.0])).reasons
    assert reason == "noise: only 2 different scores were given (at least 4) in each of the last 5 steps"


@pytest.mark.parametrize("missing", range(5))
def test_a_figure_that_a_step_lacks_or_that_is_not_defined_is_not_judged(missing: int) -> None:
    bad = steps(distinct__noise=[1.0] * 5)
    undefined = [{**step, "distinct/noise": float("nan")} if at == missing else step for at, step in enumerate(bad)]
    assert not collapse(undefined).collapsed
    assert not collapse([{} if at == missing else step for at, step in enumerate(bad)]).collapsed
    assert collapse([{}, *bad]).collapsed


def test_an_attribute_is_judged_unless_it_is_masked_throughout_the_last_step() -> None:
    bad = [1.0] * 5
    assert not collapse(steps(distinct__noise=bad, masked__noise=[0.0, 0.0, 0.0, 0.0, 1.0])).collapsed
    assert collapse(steps(distinct__noise=bad, masked__noise=[1.0, 1.0, 1.0, 1.0, 0.9])).collapsed


def test_every_sign_has_its_reason_and_what_is_not_finite_comes_first() -> None:
    found = collapse(steps(distinct__noise=[1.0] * 5, distinct__overall=[2.0] * 5, kl=[0.1] * 4 + [float("inf")]))
    assert [reason.partition(":")[0] for reason in found.reasons] == ["kl is inf", "noise", "overall"]


def test_a_loss_that_was_not_a_number_and_is_one_again_is_forgiven() -> None:
    assert not collapse(steps(loss=[float("nan"), 0.1])).collapsed
