"""The real graph with small settings: through DVC, and again through Dagster."""

import json
import re
import shutil
from pathlib import Path

import pytest

from mgiqa.datasets.schema import read_manifest
from mgiqa.datasets.split.files import read_splits
from mgiqa.pipeline import STAGES
from mgiqa.records import Summary
from mgiqa.settings.presets import Preset, use_preset
from tests.checkout import SMALL, Checkout
from tests.end_to_end.conftest import JOB, Runs

pytestmark = pytest.mark.slow

DATASETS = ["kadid10k", "spaq", "agiqa3k", "para", "holiday"]


def outputs(checkout: Checkout) -> list[Path]:
    data = checkout.root / "data"
    return [
        data / stage.output.format(dataset=dataset)
        for stage in STAGES.values()
        for dataset in (DATASETS if stage.per_dataset else [""])
    ]


def stale(checkout: Checkout) -> set[str]:
    return {name for name in json.loads(checkout.run("dvc", "status", "--json"))}


def test_every_stage_has_a_result_that_passed_its_checks(finished: Checkout) -> None:
    for folder in outputs(finished):
        summary = Summary.read(folder)
        assert [check.name for check in summary.checks] == list(STAGES[summary.stage].checks), folder
        assert summary.blocked == [], folder


def test_the_policy_says_what_it_learned_from(finished: Checkout) -> None:
    columns = ["split", "dataset", "content", "sha256"]
    manifest = read_manifest(finished.root / "data" / "normalized" / "manifest.parquet")[columns]
    kept = read_splits(finished.root / "data" / "models" / "policy")
    assert set(kept["split"]) == {"train", "val", "test"}
    assert sorted(map(tuple, kept.to_numpy())) == sorted(map(tuple, manifest.to_numpy()))


def test_a_dataset_of_ones_own_is_learned_from_judged_and_reported_like_the_others(finished: Checkout) -> None:
    data = finished.root / "data"
    manifest = read_manifest(data / "normalized" / "manifest.parquet")
    own = manifest[manifest["dataset"] == "holiday"]
    assert set(own["split"]) == {"train", "val", "test"}
    assert (set(own["target_overall"]), set(own["target_sharpness"])) == ({"soft"}, {"hard"})
    metrics = json.loads((data / "evaluation" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["policy"]["holiday"]["overall"]["n"] == (own["split"] == "test").sum()
    assert set(metrics["policy"]["holiday"]) == {"sharpness", "overall", "pooled"}
    assert "holiday" in (data / "report" / "report.html").read_text(encoding="utf-8")


WORK = {
    "ingest kadid10k: taking in files": SMALL["sample"]["contents"] * SMALL["sample"]["versions"],
    "validate: decoding images": SMALL["sample"]["contents"] * SMALL["sample"]["versions"],
    "base: vision pre-training": SMALL["base"]["tiny"]["vision_steps"],
    "warmup: learning the form of the answer": SMALL["warmup"]["steps"],
    "train: learning to rank": SMALL["train"]["steps"],
    "answers to validation images": None,
    "evaluate: base answers": None,
    "evaluate: policy answers": None,
}
"""Long work → its number of steps under the settings of these tests, where that is not for the split to say."""


@pytest.mark.parametrize(("work", "steps"), WORK.items())
def test_without_a_terminal_long_work_says_how_far_it_is(runs: Runs, work: str, steps: int | None) -> None:
    lines = re.findall(rf"^{work}: (\d+) of (\d+)", runs.dvc_said, re.MULTILINE)
    assert lines
    assert steps is None or str(steps) in {total for _, total in lines}
    assert int(lines[-1][0]) == int(lines[-1][1])


def test_dagster_is_told_once_how_far_it_is(runs: Runs) -> None:
    said = runs.dagster_said.result()
    assert said.count("base: vision pre-training: 10 of 10, loss") == 1


def test_nothing_half_written_remains(finished: Checkout) -> None:
    assert not list(finished.root.rglob(".*.draft"))


def test_every_datum_is_a_dvc_output_and_none_is_in_git(finished: Checkout) -> None:
    changed = finished.run("git", "status", "--porcelain", "--untracked-files=all").split("\n")
    assert {line[3:] for line in changed if line} <= {"dvc.lock"}


def test_no_restored_output_shares_its_bytes_with_its_only_backup(finished: Checkout) -> None:
    report = finished.root / "data" / "report"
    shutil.rmtree(report)
    finished.run("dvc", "checkout", "data/report")
    files = [path for path in report.rglob("*") if path.is_file()]
    assert files
    assert {path.stat().st_nlink for path in files} == {1}, "a rotten byte would be in DVC's cache as well"


def test_a_second_repro_does_nothing(finished: Checkout) -> None:
    assert "Data and pipelines are up to date" in finished.run("dvc", "repro")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"report": {"gallery": 3}}, {"report"}),
        ({"evaluate": {"resamples": 150}}, {"evaluate"}),
        ({"train": {"kl": 0.03}}, {"train"}),
        (
            {"ingest": {"datasets": {"spaq": {"source": "elsewhere"}}}},
            {"ingest@spaq", "validate@spaq", "normalize", "register"},
        ),
    ],
)
def test_a_changed_parameter_makes_only_what_depends_on_it_stale(
    finished: Checkout, values: dict, expected: set[str]
) -> None:
    params = finished.root / "params.yaml"
    before = params.read_bytes()
    try:
        use_preset(params, Preset("changed", {}, values))
        assert stale(finished) == expected
    finally:
        params.write_bytes(before)
    assert stale(finished) == set()


def test_metrics_and_plots_are_there_for_dvc(finished: Checkout) -> None:
    metrics = json.loads(finished.run("dvc", "metrics", "show", "--json"))
    (shown,) = metrics[""]["data"].values()
    assert list(shown["data"]) == ["overall", "pooled", "attributes", "plcc", "read", "distinct"]
    finished.run("dvc", "plots", "show", "--out", "plots-of-test")
    page = (finished.root / "plots-of-test" / "index.html").read_text(encoding="utf-8")
    assert "http" not in page, "it is drawn without a network"
    charts = list((finished.root / "data" / "report" / "figures").iterdir())
    assert charts
    assert all(chart.name in page for chart in charts)


def test_after_dvc_dagster_has_nothing_to_do_and_says_so(finished: Checkout) -> None:
    said = finished.run(*JOB)
    assert "RUN_SUCCESS" in said
    assert said.count(": unchanged") == len(outputs(finished))
    assert "Running stage" not in said
    assert stale(finished) == set()


def test_the_champion_scores_a_photo(finished: Checkout) -> None:
    photo = next((finished.root / "data" / "raw" / "spaq").rglob("*.jpg"))
    (scored,) = json.loads(finished.run("mgiqa", "score", str(photo), "--json", said=False))
    assert set(scored["scores"]) == {"sharpness", "color", "noise", "composition", "overall"}
    assert all(1 <= value <= 5 for value in scored["scores"].values())


def test_dagster_alone_gives_the_same_state(runs: Runs) -> None:
    assert "RUN_SUCCESS" in runs.dagster_said.result()
    for folder in outputs(runs.by_dagster):
        assert Summary.read(folder).blocked == []
    assert stale(runs.by_dagster) == set()
    assert "Data and pipelines are up to date" in runs.by_dagster.run("dvc", "repro")
