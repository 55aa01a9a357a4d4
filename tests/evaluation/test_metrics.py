"""Laws of the figures of a benchmark."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from mgiqa.attributes import KEYS, LABEL_OF
from mgiqa.evaluation.results.files import GAIN, HEADLINE, METRICS, POLICY
from mgiqa.evaluation.results.folder import Results
from mgiqa.evaluation.results.metrics import ALL, dataset_mean, headline, in_short, measure_agreement, reading
from mgiqa.evaluation.results.pairing import pair
from mgiqa.evaluation.results.predictions import per_image
from mgiqa.metrics.difference import mean_srcc
from mgiqa.workspace import Workspace
from tests.bench import predictions, write_manifest


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return predictions(write_manifest(Workspace(tmp_path_factory.mktemp("data"))))


@pytest.fixture(scope="module")
def results(answers: pd.DataFrame) -> Results:
    return Results.of(answers, 100, 0)


def test_every_labelled_attribute_of_every_dataset_has_figures(results):
    datasets = results.figures["policy"]
    assert set(datasets) == {ALL, "kadid10k", "spaq"}
    assert set(datasets["kadid10k"]) == {"overall", "pooled"}
    assert set(datasets["spaq"]) == {"sharpness", "color", "noise", "overall", "pooled"}


def test_figures_agree_with_scipy(answers, results):
    rows = answers[(answers["model"] == "policy") & (answers["dataset"] == "spaq")].dropna(subset=["score_color"])
    assert results.figures["policy"]["spaq"]["color"].srcc == pytest.approx(
        spearmanr(rows["score_color"], rows["mos_color"]).statistic
    )


def test_a_failed_answer_is_counted_and_not_scored(results):
    policy = results.figures["policy"][ALL]["overall"]
    assert policy.missing == 1
    assert policy.n_scored == policy.n - 1
    assert results.reading["policy"]["failures"] == 1
    assert sum(results.reading["policy"]["reasons"].values()) == 1


def test_a_model_that_cannot_answer_has_no_figure_rather_than_zero(results):
    assert np.isnan(results.figures["base"]["spaq"]["overall"].srcc)
    assert results.headline["base"]["srcc"] == dict.fromkeys(LABEL_OF)
    assert results.headline["base"]["parse_rate"] == 0
    assert results.reading["base"]["distinct"] == dict.fromkeys(KEYS, 0)


def test_a_set_whose_scores_compare_inside_a_content_is_judged_there(answers):
    apart = answers.assign(per_content=answers["dataset"] == "kadid10k")
    figures = measure_agreement(per_image(apart), 100, 0)
    datasets = figures["policy"]
    inside = datasets["kadid10k"]["overall"]
    assert inside.srcc_within != inside.srcc
    assert inside.intervals["srcc_within"][0] <= inside.srcc_within <= inside.intervals["srcc_within"][1]
    expected = (inside.srcc_within + datasets["spaq"]["overall"].srcc) / 2
    assert headline(figures, reading(apart))["policy"]["srcc"]["overall"] == pytest.approx(expected)
    scores = per_image(apart[apart["model"] == "policy"]).rename(
        columns={"mos_overall": "mos", "score_overall": "score"}
    )
    paired = pair(scores, scores).benchmarks()
    assert [paired[name].inside for name in ("spaq", "kadid10k")] == [False, True]
    assert mean_srcc([paired["kadid10k"]])[0] == pytest.approx(inside.srcc_within)


def test_the_mean_over_datasets_counts_each_dataset_once(results):
    datasets = results.figures["policy"]
    expected = (datasets["kadid10k"]["overall"].srcc + datasets["spaq"]["overall"].srcc) / 2
    assert dataset_mean(datasets, "overall", "srcc") == pytest.approx(expected)
    assert dataset_mean(datasets, "noise", "srcc") == datasets["spaq"]["noise"].srcc
    assert dataset_mean(datasets, "composition", "srcc") is None


def test_the_better_model_comes_out_better(results):
    assert results.headline["policy"]["srcc"]["overall"] > results.headline["warmup"]["srcc"]["overall"] + 0.05


def test_what_was_learned_is_the_difference_of_two_models_that_are_read_alike(answers, results):
    """Both ways the same images, of which each model's overall score is read that way."""
    for key, column in (("overall", "score_overall"), ("pooled", "score_pooled"), ("noise", "score_noise")):
        label = "mos_noise" if key == "noise" else "mos_overall"
        wide = answers.pivot(index="image_id", columns="model", values=column).join(
            answers.drop_duplicates("image_id").set_index("image_id")[["dataset", label]]
        )
        wide = wide.dropna(subset=["warmup", "policy", label])
        parts = [part for _, part in wide.groupby("dataset")]
        expected = [
            np.mean([spearmanr(part[model], part[label]).statistic for part in parts]) for model in ("policy", "warmup")
        ]
        found = results.gains[key]
        assert [found.first, found.second] == pytest.approx(expected)
        assert found.interval[0] < found.difference < found.interval[1]


def test_how_a_model_is_read_in_use_changes_no_figure_of_a_comparison(answers, results):
    other = answers.assign(overall=np.where(answers["model"] == "policy", "pooled", "direct"))
    assert (answers["overall"] == "direct").all()
    found = Results.of(other, 100, 0)
    assert (found.headline["policy"], found.headline["warmup"]) == (
        results.headline["policy"],
        results.headline["warmup"],
    )
    assert found.gains == results.gains


def test_a_model_that_nobody_could_read_has_nothing_to_be_compared_with(answers):
    assert Results.of(answers[answers["model"] != "warmup"], 100, 0).gains == {}
    mute = answers.assign(model=answers["model"].replace({"base": "warmup", "warmup": "base"}))
    assert Results.of(mute, 100, 0).gains == {}


def test_the_same_seed_gives_the_same_bytes(answers, results, tmp_path):
    for name, found in (("one", results), ("two", Results.of(answers, 100, 0))):
        (tmp_path / name).mkdir()
        found.write(tmp_path / name)
    for file in sorted((tmp_path / "one").iterdir()):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_experiments_are_compared_by_six_figures_of_the_policy(results, tmp_path):
    results.write(tmp_path)
    found = json.loads((tmp_path / POLICY).read_text())
    policy = results.headline["policy"]
    assert found["overall"] == round(policy["srcc"]["overall"], 3)
    assert found["read"] == round(policy["parse_rate"], 3)
    assert list(found) == ["overall", "pooled", "attributes", "plcc", "read", "distinct"]


def test_the_figure_of_attributes_is_the_mean_over_those_that_are_labelled():
    srcc = dict.fromkeys(LABEL_OF) | {"sharpness": 0.5, "noise": 0.25, "overall": 0.9, "pooled": 0.95}
    distinct = dict.fromkeys(KEYS, 20) | {"noise": 3}
    model = {"srcc": srcc, "plcc": {"overall": 0.8}, "parse_rate": 1.0, "distinct": distinct}
    assert list(in_short(model).values()) == [0.9, 0.95, 0.375, 0.8, 1.0, 3]
    assert in_short({**model, "srcc": dict.fromkeys(LABEL_OF)})["attributes"] is None


def test_what_is_undefined_is_null_in_the_files(results, tmp_path):
    results.write(tmp_path)
    text = (tmp_path / METRICS).read_text()
    assert "NaN" not in text
    assert json.loads(text)["base"]["spaq"]["overall"]["srcc"] is None
    assert json.loads((tmp_path / HEADLINE).read_text())["base"]["srcc"]["overall"] is None


def test_what_was_learned_stands_in_a_file_for_every_score_that_has_labels(results, tmp_path):
    results.write(tmp_path)
    assert set(json.loads((tmp_path / GAIN).read_text())) == {"sharpness", "color", "noise", "overall", "pooled"}


def test_the_order_of_the_models_is_that_of_the_table(answers):
    turned = pd.concat([answers[answers["model"] == name] for name in ("policy", "base")])
    assert list(measure_agreement(per_image(turned), 100, 0)) == list(reading(turned)) == ["policy", "base"]
    assert list(headline(measure_agreement(per_image(turned), 100, 0), reading(turned))) == ["policy", "base"]
