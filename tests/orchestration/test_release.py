"""The champion in Dagster: a real registry is asked, and a refusal is an answer, not a failure."""

from pathlib import Path

import dagster as dg
import pytest

from mgiqa.registry.champion import roll_back
from mgiqa.registry.models import CHAMPION, find_alias
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings, read_settings
from mgiqa.stages import promote
from mgiqa.workspace import Workspace
from orchestration.defs.automation import champions_outside_dagster
from orchestration.defs.release import champion
from orchestration.promotion import Champion
from orchestration.sync import missed_champion
from tests.registry.entries import GOOD, NAME, WORSE, enter

PARAMS = "promote: {resamples: 200}\n"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Workspace(tmp_path)


def submit(workspace: Workspace, content: str, wrong: float) -> Store:
    store = prepare_store(workspace, Settings())
    enter(workspace, store, content, wrong)
    return store


def number_of_champion(store: Store) -> int | None:
    found = find_alias(store, NAME, CHAMPION)
    return found.number if found else None


def ask(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return dg.materialize([champion], instance=instance, raise_on_error=False)


def test_a_better_model_becomes_champion_and_a_worse_one_is_refused_with_reasons(
    workspace: Workspace, instance: dg.DagsterInstance
) -> None:
    nobody = ask(instance)
    assert not nobody.success
    (event,) = [event for event in nobody.all_events if event.is_step_failure]
    shown = event.step_failure_data.user_failure_data
    assert shown.description == "mgiqa has no challenger. Train and register one with: dvc repro register"

    store = submit(workspace, "good", GOOD)
    promoted = ask(instance)
    assert promoted.success
    assert number_of_champion(store) == 1
    (event,) = promoted.get_asset_materialization_events()
    shown = event.materialization.metadata
    assert shown["outcome"].value == "promoted"
    assert shown["MLflow version"].value.startswith("http://127.0.0.1:5000/#/models/mgiqa/versions/1")
    assert "doubt" not in shown
    assert [check.passed for check in promoted.get_asset_check_evaluations()] == [True]

    submit(workspace, "worse", WORSE)
    refused = ask(instance)
    assert refused.success
    assert number_of_champion(store) == 1
    assert refused.get_asset_materialization_events() == []
    (check,) = refused.get_asset_check_evaluations()
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "SRCC" in check.description
    (observed,) = refused.get_asset_observation_events()
    assert observed.asset_observation_data.asset_observation.metadata["outcome"].value == "refused"


def test_a_promotion_in_a_terminal_a_hand_on_the_alias_and_a_roll_back_reach_the_asset(
    workspace: Workspace, instance: dg.DagsterInstance
) -> None:
    def look(cursor: str | None) -> tuple[str | None, list[str | bool]]:
        """Reports as the daemon does; returns the cursor, and the champion with the verdict of its check."""
        seen = champions_outside_dagster(dg.build_sensor_context(instance, cursor=cursor))
        if isinstance(seen, dg.SkipReason):
            return cursor, []
        return seen.cursor, [tell(event) for event in seen.asset_events]

    def tell(event: dg.AssetMaterialization | dg.AssetCheckEvaluation) -> str | bool:
        instance.report_runless_asset_event(event)
        return event.passed if isinstance(event, dg.AssetCheckEvaluation) else event.tags["dagster/data_version"]

    assert look(None) == (None, [])
    store = submit(workspace, "good", GOOD)
    settings = read_settings(workspace.params)
    assert promote.run(settings, workspace).outcome == "promoted"
    cursor, told = look(None)
    assert told == ["1", True]
    event = instance.get_latest_materialization_event(dg.AssetKey("champion"))
    assert event and event.asset_materialization
    described = {name: value.value for name, value in event.asset_materialization.metadata.items()}
    assert "SRCC" in described["reasons"]
    assert (described["champion"], described["model"], described["by"]) == (1, NAME, "promotion")
    assert len(described["digest"]) == 64 and "/versions/1" in described["MLflow version"]
    assert look(cursor) == (cursor, [])

    submit(workspace, "worse", WORSE)
    store.client.set_registered_model_alias(NAME, "champion", "2")
    cursor, told = look(cursor)
    assert told == ["2 (not gated)", False]

    restored = roll_back(store, NAME).restored.number
    told = [tell(event) for event in missed_champion(workspace.root, instance, Champion(restored, {"by": "roll-back"}))]
    assert told == ["1", True]
    assert list(missed_champion(workspace.root, instance, Champion(restored, {"by": "roll-back"}))) == []
