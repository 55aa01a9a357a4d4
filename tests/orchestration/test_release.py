"""The champion in Dagster: a real registry is asked, and a refusal is an answer, not a failure."""

from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from mgiqa.registry.models import CHAMPION, find_alias
from mgiqa.registry.predictions import keep_predictions
from mgiqa.registry.registration import Description, register
from mgiqa.registry.run import Run
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace
from orchestration.defs.release import champion

NAME = "mgiqa"
PARAMS = "promote: {resamples: 200}\n"
HUMAN = [1 + 4 * number / 30 for number in range(30)]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Workspace(tmp_path)


def submit(workspace: Workspace, content: str, wrong: float) -> Store:
    """Registers a policy of the given bytes whose scores are ``wrong`` above and below the human ones."""
    store = prepare_store(workspace, Settings())
    policy = workspace.root / content
    policy.mkdir()
    for name, text in (("config.json", "{}"), ("model.safetensors", content), ("run.json", "{}")):
        (policy / name).write_text(text, encoding="utf-8")
    run = Run(store, store.client.create_run(store.experiment_id).info.run_id)
    version = register(workspace, run, policy, NAME, Description({"srcc": "0.7"}, "A card", "A purpose"))
    names = [f"spaq/{number}" for number in range(len(HUMAN))]
    scores = [mos + wrong * (-1) ** number * (number % 3) for number, mos in enumerate(HUMAN)]
    columns = {"image_id": names, "content": names, "sha256": names, "path": names, "mos": HUMAN, "score": scores}
    keep_predictions(store, version, pd.DataFrame({**columns, "dataset": "spaq"}))
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

    store = submit(workspace, "good", 0.6)
    promoted = ask(instance)
    assert promoted.success
    assert number_of_champion(store) == 1
    (event,) = promoted.get_asset_materialization_events()
    assert event.materialization.metadata["outcome"].value == "promoted"
    assert [check.passed for check in promoted.get_asset_check_evaluations()] == [True]

    submit(workspace, "worse", 3.0)
    refused = ask(instance)
    assert refused.success
    assert number_of_champion(store) == 1
    assert refused.get_asset_materialization_events() == []
    (check,) = refused.get_asset_check_evaluations()
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "SRCC" in check.description
    (observed,) = refused.get_asset_observation_events()
    assert observed.asset_observation_data.asset_observation.metadata["outcome"].value == "refused"
