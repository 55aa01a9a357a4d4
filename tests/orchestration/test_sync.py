"""Runs of ``dvc repro`` in a terminal become known to Dagster, so that both call the same stages stale."""

import shutil

import dagster as dg

from orchestration.sync import fingerprint, missed_events
from tests.orchestration.conftest import CHECKS, Pipeline, Settled
from tests.orchestration.staleness import stale_for_dagster, stale_for_dvc
from tests.orchestration.test_dvc_pipeline import KEYS


def tell(pipeline: Pipeline, instance: dg.DagsterInstance) -> list[dg.AssetKey]:
    """Reports the missed events as the daemon does; returns the assets that were materialized."""
    events = list(missed_events(pipeline.root, instance))
    for event in events:
        instance.report_runless_asset_event(event)
    return [event.asset_key for event in events if isinstance(event, dg.AssetMaterialization)]


def test_a_run_in_the_terminal_becomes_known_with_its_checks(finished: Pipeline, instance: dg.DagsterInstance) -> None:
    assert set(tell(finished, instance)) == set(KEYS.values())
    assert stale_for_dagster(finished, instance) == stale_for_dvc(finished) == set()
    event = instance.get_latest_materialization_event(KEYS["train"])
    assert event and event.asset_materialization
    assert event.asset_materialization.metadata["rows"].value == 24
    (record,) = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(KEYS["train"], CHECKS["train"][0]), limit=5
    )
    assert record.status.value == "SUCCEEDED"


def test_what_is_known_is_not_told_again(finished: Pipeline, settled: Settled, instance: dg.DagsterInstance) -> None:
    assert list(missed_events(finished.root, settled.instance)) == []
    tell(finished, instance)
    assert tell(finished, instance) == []


def test_only_what_ran_outside_is_told_and_what_did_not_stays_stale(
    finished: Pipeline, instance: dg.DagsterInstance
) -> None:
    tell(finished, instance)
    finished.edit_params("spaq: {source: sample}", "spaq: {source: elsewhere}")
    finished.edit_params("steps: 5", "steps: 6")
    finished.dvc("repro", "--single-item", "ingest@spaq")
    assert tell(finished, instance) == [KEYS["ingest@spaq"]]
    assert stale_for_dagster(finished, instance) == stale_for_dvc(finished) == {"normalize", "train"}
    finished.dvc("repro")
    tell(finished, instance)
    assert stale_for_dagster(finished, instance) == stale_for_dvc(finished) == set()


def test_a_stage_never_run_in_dagster_on_changed_inputs_is_stale_from_the_start(
    finished: Pipeline, instance: dg.DagsterInstance
) -> None:
    finished.edit_params("spaq: {source: sample}", "spaq: {source: elsewhere}")
    finished.dvc("repro", "--single-item", "ingest@spaq")
    tell(finished, instance)
    assert stale_for_dagster(finished, instance) == stale_for_dvc(finished) == {"normalize"}


def test_a_deleted_output_is_stale_for_both_until_it_is_back(finished: Pipeline, instance: dg.DagsterInstance) -> None:
    tell(finished, instance)
    before = fingerprint(finished.root, "")
    shutil.rmtree(finished.root / "data" / "normalized")
    assert fingerprint(finished.root, "") != before
    assert tell(finished, instance) == [KEYS["normalize"]]
    assert stale_for_dagster(finished, instance) == stale_for_dvc(finished) == {"normalize", "train"}
    assert tell(finished, instance) == []
    finished.dvc("checkout")
    assert tell(finished, instance) == [KEYS["normalize"]]
    assert stale_for_dagster(finished, instance) == stale_for_dvc(finished) == set()


def test_a_lock_without_its_data_is_nothing_to_tell(finished: Pipeline, instance: dg.DagsterInstance) -> None:
    shutil.rmtree(finished.root / "data")
    assert tell(finished, instance) == []


def test_nothing_is_to_be_looked_at_while_nothing_changes(finished: Pipeline) -> None:
    assert fingerprint(finished.root, "run") == fingerprint(finished.root, "run")
    assert fingerprint(finished.root, "run") != fingerprint(finished.root, "another")
