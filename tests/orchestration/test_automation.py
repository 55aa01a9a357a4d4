"""What runs by itself, and when it does."""

from pathlib import Path

import dagster as dg
import pytest

from orchestration.defs.automation import new_candidate, runs_outside_dagster
from tests.orchestration.conftest import Pipeline
from tests.orchestration.test_dvc_pipeline import KEYS


def test_a_run_outside_is_noticed_once(
    finished: Pipeline, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished.root)
    first = runs_outside_dagster(dg.build_sensor_context(instance))
    assert {event.asset_key for event in first.asset_events} == set(KEYS.values())
    second = runs_outside_dagster(dg.build_sensor_context(instance, cursor=first.cursor))
    assert isinstance(second, dg.SkipReason)


def test_nothing_is_told_while_dagster_itself_is_at_work(
    finished: Pipeline, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished.root)
    instance.create_run_for_job(
        finished.definitions().get_implicit_global_asset_job_def(), status=dg.DagsterRunStatus.STARTED
    )
    assert isinstance(runs_outside_dagster(dg.build_sensor_context(instance)), dg.SkipReason)


def test_every_new_candidate_is_put_to_the_gate_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params.yaml").touch()
    monkeypatch.chdir(tmp_path)
    context = dg.build_sensor_context()
    assert isinstance(new_candidate(context), dg.SkipReason)
    candidate = tmp_path / "data" / "registry" / "candidate.json"
    candidate.parent.mkdir(parents=True)
    keys = []
    for version in (1, 1, 2):
        candidate.write_text(f'{{"version": {version}}}', encoding="utf-8")
        asked = new_candidate(context)
        keys.append(asked.run_key if isinstance(asked, dg.RunRequest) else None)
    assert keys[1] is None
    assert keys[0] and keys[2] and keys[0] != keys[2]
