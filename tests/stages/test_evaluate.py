"""What ``evaluate`` writes and refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from mgiqa.attributes import KEYS
from mgiqa.errors import DataError, GateRefused, MissingInput, SettingsError
from mgiqa.evaluation import inference
from mgiqa.evaluation.inference import answers_key
from mgiqa.models.digest import model_digest, model_files, write_sums
from mgiqa.models.origin import write_origin
from mgiqa.records import Check, Summary
from mgiqa.scoring.generation import Decoding
from mgiqa.settings import Settings, check_settings
from mgiqa.stages.evaluate import MODELS, run
from mgiqa.workspace import Workspace
from tests.bench import answer, write_data
from tests.toy_model import save_toy_model

SETTINGS = check_settings({"evaluate": {"answers": 1, "temperature": 0, "max_tokens": 4, "resamples": 100}})


@pytest.fixture
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = Workspace(tmp_path_factory.mktemp("workspace"))
    write_data(found)
    for seed, (name, stage) in enumerate(MODELS.items()):
        save_toy_model(found.model(name), seed)
        Summary(stage).write(found.model(name))
    return found


def evaluate(workspace: Workspace, settings: Settings = SETTINGS, name: str = "draft") -> Summary:
    draft = workspace.root / name
    draft.mkdir()
    return run(settings, workspace, draft)


def test_models_that_cannot_answer_are_told_apart_from_bad_ones(workspace):
    summary = evaluate(workspace)
    (first, *_) = summary.tables.values()
    assert [row["model"] for row in first] == list(MODELS)
    assert all(row["overall"] is None and row["answers read"] == "0.0 %" for row in first)
    assert [check.name for check in summary.blocked] == ["failure_rate"]
    assert "30 of the policy's 30 answers" in summary.blocked[0].description


def test_only_the_test_split_is_asked_about(workspace):
    evaluate(workspace)
    asked = set(pd.read_parquet(workspace.root / "draft" / "predictions.parquet")["image_id"])
    manifest = pd.read_parquet(workspace.manifest)
    assert asked == set(manifest.loc[manifest["split"] == "test", "image_id"])


def test_only_the_benchmarks_that_are_named_are_asked_about(workspace):
    manifest = pd.read_parquet(workspace.manifest)
    (*others, last) = sorted(manifest["dataset"].unique())
    assert others
    named = check_settings(
        {"evaluate": {"answers": 1, "temperature": 0, "max_tokens": 4, "resamples": 100, "datasets": [last]}}
    )
    evaluate(workspace, named)
    assert set(pd.read_parquet(workspace.root / "draft" / "predictions.parquet")["dataset"]) == {last}


def test_a_benchmark_without_test_images_is_answered_with_those_there_are(workspace):
    with pytest.raises(SettingsError, match=r"names nowhere, without an image in the test split\. Choose from"):
        evaluate(workspace, check_settings({"evaluate": {"datasets": ["nowhere"]}}))


def test_every_model_is_named_by_its_digest(workspace):
    evaluate(workspace)
    table = pd.read_parquet(workspace.root / "draft" / "predictions.parquet")
    assert table.groupby("model", sort=False)["model_digest"].nunique().to_dict() == dict.fromkeys(MODELS, 1)
    assert table["model_digest"].nunique() == 3


def test_how_every_model_is_read_in_use_is_told(workspace):
    policy = workspace.model("policy")
    write_origin(policy, {"overall": "pooled"})
    write_sums(policy, model_files(policy))
    summary = evaluate(workspace)
    table = pd.read_parquet(workspace.root / "draft" / "predictions.parquet")
    assert dict(zip(table["model"], table["overall"], strict=True)) == {
        "base": "direct",
        "warmup": "direct",
        "policy": "pooled",
    }
    assert summary.facts["of"] == "overall, pooled"


def test_another_evaluation_writes_the_same_bytes_and_infers_nothing(workspace):
    evaluate(workspace, name="one")
    finished = {file: file.stat().st_mtime_ns for file in (workspace.root / ".work").rglob("*.json")}
    evaluate(workspace, name="two")
    assert finished
    assert {file: file.stat().st_mtime_ns for file in (workspace.root / ".work").rglob("*.json")} == finished
    for file in (workspace.root / "one").iterdir():
        assert file.read_bytes() == (workspace.root / "two" / file.name).read_bytes(), file.name


def let_say(workspace: Workspace, model: str, settings: Settings, images: pd.DataFrame, scores: np.ndarray) -> None:
    """Has a model's answers to all images finished already, each with one of ``scores`` (n, k) for every attribute."""
    own = settings.evaluate
    decoding = Decoding(own.answers, own.temperature, settings.seed, own.max_tokens)
    finished = workspace.work(f"answers-{answers_key(model_digest(workspace.model(model)), decoding)}")
    finished.mkdir(parents=True)
    texts = [[answer(dict.fromkeys(KEYS, float(score))) for score in row] for row in scores]
    start = 0
    for shard in inference._shards(images, workspace.root, finished):
        shard.write(texts[start : start + len(shard.images)])
        start += len(shard.images)


def test_the_headline_is_the_mean_over_datasets_of_what_scipy_finds_in_the_mean_answers(workspace):
    settings = check_settings({"evaluate": {"answers": 2, "temperature": 0.8, "resamples": 100, "max_tokens": 8}})
    manifest = pd.read_parquet(workspace.manifest)
    images = manifest[manifest["split"] == "test"].reset_index(drop=True)
    truth, rng, said = images["mos_overall"].to_numpy(), np.random.default_rng(5), {}
    for model, noise in (("warmup", 1.5), ("policy", 0.5)):
        said[model] = (truth[:, None] + noise * rng.normal(size=(len(images), 2))).clip(1, 5).round(2)
        let_say(workspace, model, settings, images, said[model])
    evaluate(workspace, settings)
    headline = json.loads((workspace.root / "draft" / "headline.json").read_text())
    assert list(headline) == list(MODELS)
    assert headline["base"]["srcc"]["overall"] is None
    parts = [np.flatnonzero(images["dataset"] == name) for name in sorted(set(images["dataset"]))]
    for model, scores in said.items():
        found = [spearmanr(scores[rows].mean(axis=1), truth[rows]).statistic for rows in parts]
        assert headline[model]["srcc"]["overall"] == pytest.approx(np.mean(found)), model
        assert headline[model]["parse_rate"] == 1


def test_a_missing_model_names_the_stage_that_makes_it(workspace):
    (workspace.model("policy") / "summary.json").rename(workspace.root / "elsewhere")
    for file in workspace.model("policy").iterdir():
        file.unlink()
    workspace.model("policy").rmdir()
    with pytest.raises(MissingInput, match="dvc repro train"):
        evaluate(workspace)


def test_a_model_that_did_not_pass_its_checks_is_refused(workspace):
    Summary("train", checks=(Check("scores_spread", False, "all equal"),)).write(workspace.model("policy"))
    with pytest.raises(GateRefused, match="scores_spread"):
        evaluate(workspace)


def test_without_test_images_there_is_nothing_to_say(workspace):
    manifest = pd.read_parquet(workspace.manifest).assign(split="train")
    manifest.to_parquet(workspace.manifest, index=False)
    with pytest.raises(DataError, match=r"normalize\.test"):
        evaluate(workspace)
