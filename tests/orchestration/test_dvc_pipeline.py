"""One asset per stage: what it shows, what it blocks, and that it and DVC always agree on what is to do."""

import dagster as dg
import pytest

from tests.orchestration.conftest import CHECKS, Pipeline, Settled
from tests.orchestration.staleness import stale_for_dagster, stale_for_dvc

KEYS = {
    "ingest@spaq": dg.AssetKey(["raw_dataset", "spaq"]),
    "ingest@para": dg.AssetKey(["raw_dataset", "para"]),
    "normalize": dg.AssetKey("aligned_scores"),
    "train": dg.AssetKey("policy"),
}


def outcomes(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    names = {key: name for name, key in KEYS.items()}
    return {
        names[event.asset_key]: event.step_materialization_data.materialization.metadata["outcome"].value
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }


def test_every_stage_is_an_asset_with_the_arrows_of_dvc(finished: Pipeline) -> None:
    graph = finished.definitions().resolve_asset_graph()
    assert graph.materializable_asset_keys == set(KEYS.values())
    assert graph.get(KEYS["normalize"]).parent_keys == {KEYS["ingest@spaq"], KEYS["ingest@para"]}
    assert graph.get(KEYS["train"]).parent_keys == {KEYS["normalize"]}
    assert graph.get(KEYS["train"]).group_name == "training"
    assert graph.get(KEYS["ingest@spaq"]).description.startswith("Bring spaq in.")
    assert graph.get(KEYS["ingest@spaq"]).kinds == {"dataset", "dvc"}


def test_only_stages_that_need_it_wait_for_the_gpu(finished: Pipeline) -> None:
    graph = finished.definitions().resolve_asset_graph()
    assert {key for key in KEYS.values() if graph.get(key).pools == {"gpu"}} == {KEYS["train"]}


def test_a_first_materialization_runs_everything_and_dvc_has_nothing_left_to_do(
    fresh: Pipeline, instance: dg.DagsterInstance
) -> None:
    assert stale_for_dagster(fresh, instance) == set(KEYS)
    result = fresh.materialize(instance)
    assert result.success
    assert outcomes(result) == dict.fromkeys(KEYS, "ran")
    assert stale_for_dagster(fresh, instance) == stale_for_dvc(fresh) == set()
    assert "up to date" in fresh.dvc("repro")


def test_after_dvc_a_materialization_has_nothing_to_do(finished: Pipeline, settled: Settled) -> None:
    assert outcomes(settled.result) == dict.fromkeys(KEYS, "unchanged")
    assert stale_for_dagster(finished, settled.instance) == stale_for_dvc(finished) == set()


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda p: p.edit_params("steps: 5", "steps: 6"), {"train"}),
        (lambda p: p.edit_params("spaq: {source: sample}", "spaq: {source: elsewhere}"), {"ingest@spaq"}),
        (lambda p: p.write_program("normalize", extra="# another version\n"), {"normalize"}),
        (lambda p: p.edit_params("seed: 0", "seed: 0  # a remark"), set()),
    ],
    ids=["parameter", "parameter of one dataset", "code", "nothing"],
)
def test_after_an_edit_both_call_the_same_stages_stale(
    finished: Pipeline, settled: Settled, edit, expected: set[str]
) -> None:
    edit(finished)
    assert stale_for_dagster(finished, settled.instance) == stale_for_dvc(finished) == expected


def test_a_stage_that_was_run_alone_leaves_the_same_stages_stale_for_both(
    finished: Pipeline, instance: dg.DagsterInstance
) -> None:
    finished.materialize(instance)
    finished.edit_params("spaq: {source: sample}", "spaq: {source: elsewhere}")
    result = finished.materialize(instance, 'key:"raw_dataset/spaq"')
    assert outcomes(result) == {"ingest@spaq": "ran"}
    assert stale_for_dagster(finished, instance) == stale_for_dvc(finished) == {"normalize"}


def test_a_setting_that_was_there_before_is_restored_without_a_run(
    finished: Pipeline, instance: dg.DagsterInstance
) -> None:
    finished.edit_params("steps: 5", "steps: 6")
    finished.dvc("repro")
    finished.edit_params("steps: 6", "steps: 5")
    result = finished.materialize(instance)
    assert outcomes(result)["train"] == "restored from cache"
    assert stale_for_dagster(finished, instance) == stale_for_dvc(finished) == set()
    warned = [record for record in instance.all_logs(result.run_id) if record.level >= 30]
    assert warned == []


def test_an_asset_shows_what_its_summary_says(finished: Pipeline, settled: Settled) -> None:
    event = settled.instance.get_latest_materialization_event(KEYS["train"])
    assert event and event.asset_materialization
    shown = event.asset_materialization.metadata
    assert shown["rows"].value == 24
    assert [shown[name].value for name in ("share", "SRCC", "rate")] == [0.25, 0.833, 3.33e-05]
    assert "| noise | 0.500 |" in shown["Per attribute"].value
    assert "| overall | – |" in shown["Per attribute"].value
    assert shown["Reward"].value.startswith("![Reward](data:image/png;base64,")
    assert shown["Report"] == dg.MetadataValue.url("/outputs/models/policy/report.html")
    assert shown["MLflow run"].value == "http://127.0.0.1:5000/#/experiments/1/runs/abc"
    assert shown["DVC hash"].value in (finished.root / "dvc.lock").read_text()


def test_every_check_of_the_table_is_answered(settled: Settled) -> None:
    passed = {
        (check.asset_key, check.check_name) for check in settled.result.get_asset_check_evaluations() if check.passed
    }
    verbs = {name: name.partition("@")[0] for name in KEYS}
    assert passed == {(KEYS[name], check) for name, verb in verbs.items() for check in CHECKS[verb]}


def test_a_check_that_fails_keeps_its_result_and_stops_what_comes_next(
    finished: Pipeline, instance: dg.DagsterInstance
) -> None:
    finished.write_program("normalize", passed=False)
    result = finished.materialize(instance, 'key:"aligned_scores"+')
    assert not result.success
    assert outcomes(result) == {"normalize": "ran"}
    failed = {check.check_name: check for check in result.get_asset_check_evaluations() if not check.passed}
    assert set(failed) == set(CHECKS["normalize"])
    assert "normalize" not in stale_for_dvc(finished)
    for name, check in failed.items():
        assert check.description == f"{name} was looked at"
        assert "| its image is missing | 2 | 0.0833 | a.png |" in check.metadata["Set aside"].value


def test_a_step_that_a_check_ends_says_what_the_check_says_and_nothing_of_where_that_was_noticed(
    finished: Pipeline, instance: dg.DagsterInstance
) -> None:
    finished.write_program("ingest", passed=False)  # of a group that is tried again after a crash
    result = finished.materialize(instance, 'key:"raw_dataset/spaq"')
    (event,) = [event for event in result.all_events if event.is_step_failure]
    error, shown = event.step_failure_data.error, event.step_failure_data.user_failure_data
    assert shown.description == "files_complete: files_complete was looked at."
    assert "its image is missing" in shown.metadata["Set aside"].value
    assert (error.message, error.stack, error.cause, error.context) == (f"{shown.description}\n", [], None, None)
    assert attempts(result, KEYS["ingest@spaq"]) == 1


def test_a_check_that_the_summary_does_not_answer_has_not_passed(
    finished: Pipeline, instance: dg.DagsterInstance
) -> None:
    finished.write_program("train", extra='Summary("train").write(out)\n')
    result = finished.materialize(instance, 'key:"policy"')
    silent = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert {check.check_name for check in silent} == set(CHECKS["train"])
    assert {check.description for check in silent} == {"The stage did not answer this check."}


def failure(result: dg.ExecuteInProcessResult, key: dg.AssetKey):
    (event,) = [e for e in result.all_events if e.is_step_failure and e.step_key == key.to_python_identifier()]
    return event.step_failure_data.user_failure_data


def attempts(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> int:
    step = key.to_python_identifier()
    return sum(e.step_key == step and e.event_type_value in ("STEP_START", "STEP_RESTARTED") for e in result.all_events)


def test_a_refusal_is_shown_as_its_sentence_and_not_tried_again(
    finished: Pipeline, instance: dg.DagsterInstance
) -> None:
    finished.replace_program("ingest", "import sys\nsys.exit('mgiqa: no folder here. Name another.')\n")
    result = finished.materialize(instance, 'key:"raw_dataset/spaq"')
    shown = failure(result, KEYS["ingest@spaq"])
    assert shown.description == "no folder here. Name another."
    assert "mgiqa: no folder here" in shown.metadata["last_lines"].value
    assert attempts(result, KEYS["ingest@spaq"]) == 1


def test_a_crash_of_a_data_stage_is_tried_again_and_one_of_training_is_not(
    finished: Pipeline, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.components.dvc_pipeline.RETRY", dg.RetryPolicy(max_retries=2, delay=0))
    crash_once = "from pathlib import Path\nif not Path('seen').exists():\n    Path('seen').touch(); raise OSError\n"
    program = (finished.root / "code" / "ingest.py").read_text()
    finished.replace_program("ingest", crash_once + program)
    finished.replace_program("train", "raise OSError('disk full')\n")
    result = finished.materialize(instance, 'key:"raw_dataset/spaq" or key:"policy"')
    assert attempts(result, KEYS["ingest@spaq"]) == 2
    assert attempts(result, KEYS["train"]) == 1
    shown = failure(result, KEYS["train"])
    assert shown.description.startswith("train ended with exit status 1")
    assert "OSError: disk full" in shown.metadata["last_lines"].value


def test_what_the_library_logs_is_in_the_events_of_the_run(finished: Pipeline, instance: dg.DagsterInstance) -> None:
    talking = (
        "import logging\nfrom mgiqa.execution.messages import relayed\n"
        "with relayed():\n    logging.getLogger('mgiqa.training').info('step %d of 5', 3)\n"
    )
    finished.replace_program("train", talking + (finished.root / "code" / "train.py").read_text())
    result = finished.materialize(instance, 'key:"policy"')
    assert result.success
    assert "step 3 of 5" in [record.user_message for record in instance.all_logs(result.run_id)]
