"""The gate lets a better challenger pass, keeps a worse one out, and says why."""

import json

import numpy as np
import pandas as pd
import pytest

from mgiqa.errors import DataError
from mgiqa.evaluation.comparison.gate import decide
from mgiqa.settings.release import Promote

SETTINGS = Promote(resamples=200)


def scores(noise: float, seed: int = 0, n: int = 120, datasets: int = 2) -> pd.DataFrame:
    """A model whose scores are the human scores and noise; equal ``n`` and ``datasets`` give equal images."""
    truth = np.random.default_rng(99).uniform(1, 5, (datasets, n))
    rng = np.random.default_rng(seed)
    parts = [
        pd.DataFrame(
            {
                "image_id": [f"set{d}/{i}.png" for i in range(n)],
                "dataset": f"set{d}",
                "content": [f"set{d}/{i // 4}" for i in range(n)],
                "per_content": False,
                "mos": truth[d],
                "score": np.clip(truth[d] + noise * rng.normal(size=n), 1, 5),
            }
        )
        for d in range(datasets)
    ]
    return pd.concat(parts, ignore_index=True)


def test_a_better_challenger_is_promoted() -> None:
    decision = decide(scores(0.3), scores(1.5, seed=1), SETTINGS, seed=0)
    assert decision.promote
    assert decision.figures["difference"] > 0.1
    assert any("champion" in reason for reason in decision.reasons)


def test_a_worse_challenger_is_refused_with_both_figures() -> None:
    decision = decide(scores(1.5), scores(0.3, seed=1), SETTINGS, seed=0)
    assert not decision.promote
    (reason,) = decision.reasons
    assert f"{decision.figures['srcc']:.3f}" in reason
    assert f"{decision.figures['champion_srcc']:.3f}" in reason


def test_of_equally_good_challengers_about_one_in_ten_passes_by_chance() -> None:
    passed = [
        decide(scores(1.0, seed=2 * i, n=60), scores(1.0, seed=2 * i + 1, n=60), SETTINGS, seed=i).promote
        for i in range(20)
    ]
    assert sum(passed) <= 6


def test_a_tolerated_regression_lets_a_slightly_worse_challenger_pass() -> None:
    worse, champion = scores(0.7, seed=1), scores(0.6, seed=2)
    assert not decide(worse, champion, SETTINGS, seed=0).promote
    assert decide(worse, champion, Promote(resamples=200, max_regression=0.2), seed=0).promote


def test_the_first_champion_needs_the_least_srcc() -> None:
    assert decide(scores(0.5), None, SETTINGS, seed=0).promote
    refused = decide(scores(0.5), None, Promote(min_srcc=0.999), seed=0)
    assert not refused.promote
    assert "0.999" in refused.reasons[0]


def test_too_many_failures_refuse_the_best_challenger() -> None:
    challenger = scores(0.01)
    challenger.loc[::10, "score"] = np.nan
    for champion in (None, scores(1.5, seed=1)):
        decision = decide(challenger, champion, SETTINGS, seed=0)
        assert not decision.promote
        assert "10.0% of 240 images have no score" in decision.reasons[0]


def test_failures_within_the_limit_are_counted_and_do_not_hide_images() -> None:
    challenger = scores(0.1)
    challenger.loc[0, "score"] = np.nan
    decision = decide(challenger, scores(1.5, seed=1), SETTINGS, seed=0)
    assert decision.promote
    assert (decision.figures["images"], decision.figures["scored"]) == (240, 239)


@pytest.mark.parametrize("champion", [None, scores(1.5, seed=1)], ids=["first", "second"])
def test_a_challenger_with_one_score_for_everything_is_refused(champion: pd.DataFrame | None) -> None:
    decision = decide(scores(0.1).assign(score=3.0), champion, SETTINGS, seed=0)
    assert not decision.promote
    assert "set0, set1 the same score" in decision.reasons[0]
    assert decision.figures["srcc"] is None


def test_a_champion_with_one_score_for_everything_cannot_keep_its_place() -> None:
    assert decide(scores(0.5), scores(0.1).assign(score=3.0), SETTINGS, seed=0).promote


def test_other_images_refuse_and_name_an_example() -> None:
    decision = decide(scores(0.1), scores(1.5, seed=1).iloc[1:], SETTINGS, seed=0)
    assert not decision.promote
    assert "set0/0.png" in decision.reasons[0]


def test_other_labels_refuse() -> None:
    champion = scores(1.5, seed=1)
    champion.loc[3, "mos"] += 0.5
    decision = decide(scores(0.1), champion, SETTINGS, seed=0)
    assert not decision.promote
    assert "set0/3.png" in decision.reasons[0]


def test_the_order_of_rows_changes_nothing() -> None:
    challenger, champion = scores(0.5), scores(0.6, seed=1)
    shuffled = challenger.sample(frac=1, random_state=0)
    assert decide(shuffled, champion, SETTINGS, 0).figures == decide(challenger, champion, SETTINGS, 0).figures


def test_every_dataset_counts_the_same_whatever_its_size() -> None:
    small, large = scores(0.05, n=40, datasets=1), scores(2.0, n=400, datasets=1)
    large = large.assign(dataset="large", image_id="large/" + large["image_id"])
    both = decide(pd.concat([small, large]), None, SETTINGS, seed=0).figures["srcc"]
    alone = [decide(part, None, SETTINGS, seed=0).figures["srcc"] for part in (small, large)]
    assert both == pytest.approx(np.mean(alone), abs=1e-12)


def test_a_dataset_that_cannot_be_ranked_is_left_out_and_named() -> None:
    odd = scores(0.5, datasets=3)
    odd.loc[odd["dataset"] == "set2", "mos"] = 3.0
    decision = decide(odd, None, SETTINGS, seed=0)
    assert decision.promote
    assert decision.figures["left_out"] == ["set2"]
    assert any("set2" in reason for reason in decision.reasons)


def test_nothing_to_rank_is_refused() -> None:
    assert not decide(scores(0.5).assign(mos=np.nan), None, SETTINGS, seed=0).promote


def test_the_same_seed_gives_the_same_decision_and_figures_go_to_json() -> None:
    first = decide(scores(0.5), scores(0.6, seed=1), SETTINGS, seed=7)
    assert first == decide(scores(0.5), scores(0.6, seed=1), SETTINGS, seed=7)
    json.dumps(first.figures, allow_nan=False)


def test_a_missing_column_and_a_repeated_image_end_in_one_sentence() -> None:
    with pytest.raises(DataError, match="no column mos"):
        decide(scores(0.5).drop(columns="mos"), None, SETTINGS, seed=0)
    with pytest.raises(DataError, match="scored twice"):
        decide(pd.concat([scores(0.5)] * 2), None, SETTINGS, seed=0)


def perfect(datasets: int = 2) -> pd.DataFrame:
    """A model whose scores are the human scores: SRCC 1 in every resample."""
    return scores(0.0, datasets=datasets)


def turned(datasets: int = 2) -> pd.DataFrame:
    """A model that says the opposite: SRCC -1 in every resample."""
    table = scores(0.0, datasets=datasets)
    return table.assign(score=6 - table["score"])


def test_a_first_champion_is_told_with_all_figures() -> None:
    decision = decide(perfect(), None, SETTINGS, seed=0)
    assert decision.promote
    assert decision.reasons == (
        "0.0% of 240 images have no score, within the limit of 1.0%.",
        "Overall SRCC is 1.000 (mean of 2 datasets, 240 images); a first champion needs only 0.300.",
    )
    assert decision.figures == {
        "images": 240, "scored": 240, "datasets": ["set0", "set1"], "left_out": [],
        "failures": 0.0, "champion_failures": None, "srcc": pytest.approx(1.0),
    }  # fmt: skip


def test_a_refusal_gives_the_reasons_against_and_no_others() -> None:
    decision = decide(turned(datasets=1), None, SETTINGS, seed=0)
    assert not decision.promote
    assert decision.reasons == (
        "Overall SRCC is -1.000 (mean of 1 dataset, 120 images); a first champion needs 0.300.",
    )


def test_a_comparison_is_told_with_all_figures() -> None:
    champion = turned()
    champion.loc[:5, "score"] = np.nan
    decision = decide(perfect(), champion, SETTINGS, seed=0)
    assert decision.promote
    assert decision.reasons == (
        "0.0% of 240 images have no score, within the limit of 1.0%.",
        "Overall SRCC is 1.000 against -1.000 of the champion (mean of 2 datasets, 234 images); the challenger is not "
        "worse in 100.0% of 200 resamples, where 90% are needed.",
    )
    assert decision.figures == {
        "images": 240, "scored": 234, "datasets": ["set0", "set1"], "left_out": [],
        "failures": 0.0, "champion_failures": 6 / 240, "srcc": pytest.approx(1.0),
        "champion_srcc": pytest.approx(-1.0), "difference": pytest.approx(2.0),
        "interval": pytest.approx([2.0, 2.0]), "share_not_worse": 1.0, "resamples": 200,
    }  # fmt: skip
    worse = decide(turned(), perfect(), Promote(resamples=100, max_regression=0.25, confidence=0.95), seed=0)
    assert worse.reasons == (
        "Overall SRCC is -1.000 against 1.000 of the champion (mean of 2 datasets, 240 images); the challenger is not "
        "worse by more than 0.250 in 0.0% of 100 resamples, where 95% are needed.",
    )


def test_a_challenger_that_scores_as_the_champion_does_is_not_worse() -> None:
    decision = decide(scores(1.0), scores(1.0), SETTINGS, seed=0)
    assert decision.promote
    assert decision.figures["share_not_worse"] == 1.0
    assert decision.figures["difference"] == 0.0


def test_what_reaches_a_limit_holds() -> None:
    challenger = perfect(datasets=1)
    challenger.loc[:5, "score"] = np.nan
    limit = Promote(max_failures=6 / 120, min_srcc=1.0, resamples=200)
    assert decide(challenger, None, limit, seed=0).promote
    challenger.loc[6, "score"] = np.inf  # no score either
    decision = decide(challenger, None, limit, seed=0)
    assert not decision.promote
    assert decision.reasons == ("5.8% of 120 images have no score, above the limit of 5.0%.",)


def test_images_that_only_one_of_the_two_scored_are_counted_on_both_sides() -> None:
    decision = decide(scores(0.1).iloc[2:], scores(1.5, seed=1).iloc[:-1], SETTINGS, seed=0)
    assert decision.reasons == (
        "The test images differ: 1 were scored only by the challenger and 2 only by the champion "
        "(such as set1/119.png); evaluate both on the same ones.",
    )
    assert decision.figures == {"images": 238, "scored": 237}


def test_labels_that_changed_are_counted_and_an_image_is_named() -> None:
    champion = scores(1.5, seed=1)
    champion.loc[[3, 8], "mos"] += 0.5
    champion.loc[200, "content"] = "another"
    decision = decide(scores(0.1), champion, SETTINGS, seed=0)
    (reason,) = decision.reasons
    assert reason.startswith("3 images have another human score, dataset or content than when the champion was")
    assert reason.endswith("(such as set0/3.png); evaluate both on the same labels.")
    assert decision.figures == {"images": 240, "scored": 240}


def test_without_anything_to_rank_it_is_said_how_many_images_count() -> None:
    few = scores(0.5, n=2)
    decision = decide(few, None, SETTINGS, seed=0)
    assert decision.reasons == ("No dataset can be ranked: only 4 images have a human score and every model's score.",)


def test_a_champion_that_ranks_nothing_counts_as_zero() -> None:
    decision = decide(scores(0.5), scores(0.1).assign(score=3.0), SETTINGS, seed=0)
    assert decision.figures["champion_srcc"] is None
    assert decision.figures["difference"] == decision.figures["srcc"]
    low, high = decision.figures["interval"]
    assert 0 < low < decision.figures["srcc"] < high
