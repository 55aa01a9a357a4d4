"""The graph is read from dvc.yaml, with all that DVC resolves in it."""

from pathlib import Path

import dagster as dg
import yaml

from mgiqa.pipeline import STAGES
from orchestration.graph import read_graph
from orchestration.versions import read_lock
from tests.orchestration.conftest import Pipeline

ROOT = Path(__file__).parents[2]


def test_the_versions_of_untouched_files_are_those_of_the_recorded_run(finished: Pipeline) -> None:
    nodes, lock = read_graph(finished.root), read_lock(finished.root)
    outputs = [output for node in nodes for output in node.outputs]
    assert {node.name: node.code_version for node in nodes} == {
        name: recorded.code_version(outputs) for name, recorded in lock.items()
    }


def test_a_missing_source_has_a_version_of_its_own(finished: Pipeline) -> None:
    before = {node.name: node.code_version for node in read_graph(finished.root)}
    (finished.root / "code" / "train.py").unlink()
    after = {node.name: node.code_version for node in read_graph(finished.root)}
    assert {name for name in before if before[name] != after[name]} == {"train"}


def test_a_stage_that_reads_a_folder_of_outputs_comes_after_all_of_them(finished: Pipeline) -> None:
    nodes = {node.name: node for node in read_graph(finished.root)}
    assert nodes["normalize"].upstream == ("ingest@para", "ingest@spaq")
    assert (nodes["ingest@para"].verb, nodes["ingest@para"].item) == ("ingest", "para")


def test_the_real_pipeline_makes_the_assets_of_the_design() -> None:
    nodes = read_graph(ROOT)
    assert [node.key.to_user_string() for node in nodes] == [
        *(f"raw_dataset/{name}" for name in ("kadid10k", "spaq", "agiqa3k", "para")),
        *(f"validated_dataset/{name}" for name in ("kadid10k", "spaq", "agiqa3k", "para")),
        *("aligned_scores", "base_model", "warmup_model", "policy"),
        *("benchmark_results", "benchmark_report", "registered_model"),
    ]
    assert {node.verb for node in nodes} == set(STAGES)
    assert {node.verb for node in nodes if node.hints.get("gpu")} == {"base", "warmup", "train", "evaluate"}


def test_the_arrows_of_the_real_pipeline_are_its_dependencies() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    bodies = {name: stage.get("do", stage) for name, stage in stages.items()}
    made = {body["outs"][0].replace("/${key}", ""): name for name, body in bodies.items()}
    written = {
        (made[dependency.replace("/${key}", "")], name)
        for name, body in bodies.items()
        for dependency in body["deps"]
        if dependency.startswith("data/")
    }
    assert {(up.partition("@")[0], node.verb) for node in read_graph(ROOT) for up in node.upstream} == written
    assert ("train", "evaluate") in written


def test_what_is_no_word_becomes_one_in_the_key_of_an_asset(finished: Pipeline) -> None:
    finished.edit_params("spaq: {source: sample}", "koniq-10k: {source: sample}")
    assert dg.AssetKey(["raw_dataset", "koniq_10k"]) in [node.key for node in read_graph(finished.root)]
