from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from mgiqa.attributes import KEYS
from mgiqa.reward import monitors
from mgiqa.reward.advantage import FAILED, LIVE, MASKED, RECOMMENDED, compute
from tests.reward.batches import plain_batch, random_batch


def test_every_figure_is_given_for_every_attribute_by_name() -> None:
    figures = compute(plain_batch(), RECOMMENDED).monitors
    names = {name.partition("/")[0] for name in figures}
    assert names == set(monitors.MONITORED)
    assert {f"{name}/{key}" for name in names for key in KEYS} == set(figures)


@pytest.mark.parametrize("lost", [0, 12, 108, 114, 119, 120])
@pytest.mark.parametrize("labelled", ["everything", "overall alone", "nothing"])
def test_answers_that_cannot_be_read_are_counted_among_all_that_were_asked_for(lost: int, labelled: str) -> None:
    """Few readable answers leave no partners, and no label leaves nothing to reward: neither may hide the others."""
    batch = plain_batch(n=20, k=6)
    scores, labels = batch.scores.copy(), batch.labels.copy()
    scores.reshape(120, 5)[np.random.default_rng(lost).permutation(120)[:lost]] = np.nan
    labels[:, {"everything": [], "overall alone": [0, 1, 2, 3], "nothing": [0, 1, 2, 3, 4]}[labelled]] = np.nan
    figures = compute(replace(batch, scores=scores, labels=labels), RECOMMENDED).monitors
    assert [figures[f"unreadable/{key}"] for key in KEYS] == pytest.approx([lost / 120] * 5)


def test_a_score_that_is_missing_alone_counts_for_its_attribute_alone() -> None:
    scores = plain_batch().scores.copy()
    scores[:6, :, 2] = np.nan
    figures = compute(replace(plain_batch(), scores=scores), RECOMMENDED).monitors
    assert [figures[f"unreadable/{key}"] for key in KEYS] == pytest.approx([0, 0, 0.25, 0, 0])


def test_no_answer_is_both_rewarded_and_unreadable() -> None:
    for seed in range(20):
        figures = compute(random_batch(seed), RECOMMENDED).monitors
        for key in {name.partition("/")[2] for name in figures}:
            assert figures[f"live/{key}"] + figures[f"unreadable/{key}"] <= 1 + 1e-12
            assert figures[f"live/{key}"] + figures[f"masked/{key}"] <= 1 + 1e-12


def test_the_same_figures_come_out_on_every_process() -> None:
    keys = [set(compute(random_batch(seed), RECOMMENDED).monitors) for seed in range(3)]
    whole = compute(plain_batch(), RECOMMENDED).monitors
    nothing = replace(plain_batch(), scores=np.full((24, 6, 5), np.nan))
    assert set(compute(nothing, RECOMMENDED).monitors) == set(whole)
    assert all(keys)


def test_distinct_values_and_spreads_are_counted_over_valid_answers() -> None:
    scores = np.array([[[1.0], [2.0], [np.nan]], [[2.0], [4.0], [np.nan]]])
    assert monitors.distinct_values(scores).tolist() == [3]
    assert monitors.answer_spread(scores)[0] == pytest.approx((0.5**0.5 + 2**0.5) / 2)
    assert monitors.image_spread(scores)[0] == pytest.approx(1.5 / 2**0.5)


def test_copying_the_overall_score_shows() -> None:
    scores = plain_batch().scores.copy()
    scores[:, :, 0] = scores[:, :, -1]
    scores[:, :, 1] = 6 - scores[:, :, -1]
    scores[:, :, 2] = 3.0
    copied = monitors.copy_overall(scores)
    assert copied[0] == pytest.approx(1)
    assert copied[1] == pytest.approx(-1)
    assert isnan(copied[2])
    assert abs(copied[3]) < 0.3
    assert copied[4] == pytest.approx(1)


def test_a_figure_without_anything_to_measure_is_not_a_number() -> None:
    nothing = np.full((2, 3, 1), np.nan)
    assert isnan(monitors.mean_quality(nothing)[0])
    assert isnan(monitors.answer_spread(nothing)[0])
    assert isnan(monitors.image_spread(nothing)[0])
    assert isnan(monitors.copy_overall(nothing)[0])
    assert monitors.distinct_values(nothing)[0] == 0


def test_figures_by_hand() -> None:
    nan = np.nan
    quality = np.array([[[0.2, nan], [0.6, nan]], [[1.0, nan], [nan, nan]]])
    assert monitors.mean_quality(quality)[0] == pytest.approx(0.6)
    assert isnan(monitors.mean_quality(quality)[1])
    state = np.array([[[LIVE, MASKED], [LIVE, MASKED]], [[LIVE, FAILED], [FAILED, LIVE]]])
    assert monitors.share(state, LIVE).tolist() == [0.75, 0.25]
    assert monitors.share(state, FAILED).tolist() == [0.25, 0.25]
    assert monitors.dead_share(state, np.array([[True, False], [False, True]])).tolist() == [0.5, 1.0]
    assert np.isnan(monitors.dead_share(np.full((2, 2, 2), MASKED), np.zeros((2, 2), dtype=bool))).all()


def test_a_group_with_one_valid_answer_has_no_spread_to_count() -> None:
    scores = np.array([[[1.0], [3.0]], [[5.0], [np.nan]], [[np.nan], [np.nan]]])
    assert monitors.answer_spread(scores).tolist() == [2**0.5]
    # the means of the first two images are 2 and 5; the third has none
    assert monitors.image_spread(scores)[0] == pytest.approx(3 / 2**0.5)
    assert isnan(monitors.image_spread(scores[:1])[0])


def test_an_attribute_copies_the_overall_score_over_the_answers_that_give_both() -> None:
    scores = np.array([[[1.0, 2.0], [2.0, 4.0], [np.nan, 1.0], [9.0, np.nan], [3.0, 7.0]]])
    found = monitors.copy_overall(scores)
    assert found[0] == pytest.approx(np.corrcoef([1, 2, 3], [2, 4, 7])[0, 1])
    assert isnan(monitors.copy_overall(scores[:, :1])[0])
    assert monitors.copy_overall(scores[:, :2])[0] == pytest.approx(1.0)


def test_attributes_are_named_and_the_overall_score_is_last() -> None:
    assert monitors.attribute_names(5) == KEYS
    assert monitors.attribute_names(3) == ("attribute_0", "attribute_1", "overall")
    assert monitors.attribute_names(1) == ("overall",)
