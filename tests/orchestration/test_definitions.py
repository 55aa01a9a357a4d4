"""What Dagster loads from this checkout."""

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.definitions_class import Definitions
from dagster._core.executor.in_process import InProcessExecutor

from mgiqa.pipeline import STAGES
from orchestration.owners import SigningExecutor, signing_executor

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
from orchestration.definitions import defs
loaded = defs()
heavy = {"torch", "transformers", "trl", "mlflow", "great_expectations", "pandas", "matplotlib"} & set(sys.modules)
print(json.dumps([len(list(loaded.resolve_asset_graph().get_all_asset_keys())), sorted(heavy)]))
"""


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    from orchestration.definitions import defs

    return defs()


def test_they_load_without_anything_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    assets, heavy = json.loads(done.stdout)
    assert assets == 16
    assert heavy == []


def test_every_stage_and_the_champion_are_assets_with_an_owner_and_a_sentence(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert {graph.get(key).tags.get("stage") for key in graph.get_all_asset_keys()} == {*STAGES, None}
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.owners, key
        assert node.description and node.description.partition(".")[0].strip(), key
        assert node.kinds, key


def test_every_check_of_the_table_of_stages_blocks(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    specs = {(key.asset_key, key.name): graph.get_check_spec(key) for key in graph.asset_check_keys}
    expected = {
        (key, name)
        for key in graph.get_all_asset_keys()
        for name in STAGES.get(graph.get(key).tags.get("stage", ""), STAGES["report"]).checks
    }
    assert set(specs) == expected | {(dg.AssetKey("champion"), "gate")}
    assert {spec.blocking for (key, _), spec in specs.items() if key != dg.AssetKey("champion")} == {True}


def test_the_champion_follows_the_registered_model(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert graph.get(dg.AssetKey("champion")).parent_keys == {dg.AssetKey("registered_model")}


def selected(definitions: Definitions, job: str) -> set[str]:
    layer = definitions.resolve_job_def(job).asset_layer
    return {key.to_user_string().partition("/")[0] for key in layer.selected_asset_keys}


def test_the_jobs_select_what_their_names_say(definitions: Definitions) -> None:
    data = {"raw_dataset", "validated_dataset", "aligned_scores"}
    assert selected(definitions, "data") == data
    assert selected(definitions, "release") == {"champion"}
    rest = {"base_model", "warmup_model", "policy", "benchmark_results", "benchmark_report", "registered_model"}
    assert selected(definitions, "pipeline") == data | rest


def test_steps_run_in_one_process(definitions: Definitions) -> None:
    assert definitions.resolve_job_def("pipeline").executor_def is signing_executor
    assert issubclass(SigningExecutor, InProcessExecutor)


def test_only_what_costs_nothing_is_on_from_the_start(definitions: Definitions) -> None:
    assert definitions.resolve_schedule_def("nightly").default_status is dg.DefaultScheduleStatus.STOPPED
    assert definitions.resolve_sensor_def("new_candidate").default_status is dg.DefaultSensorStatus.STOPPED
    assert definitions.resolve_sensor_def("runs_outside_dagster").default_status is dg.DefaultSensorStatus.RUNNING


@pytest.mark.parametrize("text", ["key:policy", 'key:"policy"+', 'group:"training" and kind:"pytorch"'])
def test_assets_are_selected_by_text(definitions: Definitions, text: str) -> None:
    """Fails if another package brings back an ANTLR that Dagster's parser was not generated for."""
    chosen = dg.AssetSelection.from_string(text).resolve(definitions.resolve_asset_graph())
    assert dg.AssetKey("policy") in chosen


def test_dvc_and_dagster_share_one_environment() -> None:
    """DVC's hydra must work with the ANTLR that Dagster needs."""
    from dvc.utils.hydra import to_hydra_overrides

    assert to_hydra_overrides(["train.steps=5"])[0].value() == 5
