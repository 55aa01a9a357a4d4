import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mgiqa.errors import RegistryError, TrainingError
from mgiqa.registry.owner import owner_tags
from mgiqa.registry.pages import note_pages, read_pages
from mgiqa.registry.runs import attach_run, find_run, pipeline_run, read_run_id, reconcile, write_run_id
from mgiqa.registry.store import Store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

TRAINING = """
import sys, time
from pathlib import Path
from mgiqa.quiet import silence_tools
silence_tools()
from mgiqa.registry.runs import pipeline_run
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace
with pipeline_run(Workspace(Path(sys.argv[1])), Settings()) as run:
    run.log_metrics({"reward/overall": 0.5}, step=3)
    print(run.id, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def training(workspace: Workspace) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A training in another process that has recorded something and works on; with the identifier of its run."""
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING, str(workspace.root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


def status(store: Store, run_id: str) -> str:
    return str(store.client.get_run(run_id).info.status)


def test_a_run_is_running_inside_and_finished_after(workspace: Workspace, settings: Settings, store: Store) -> None:
    with pipeline_run(workspace, settings) as run:
        assert status(store, run.id) == "RUNNING"
    assert status(store, run.id) == "FINISHED"


def test_a_crash_leaves_a_failed_run_that_names_the_error(
    workspace: Workspace, settings: Settings, store: Store
) -> None:
    with pytest.raises(TrainingError), pipeline_run(workspace, settings) as run:
        raise TrainingError("the reward is not a number")
    assert status(store, run.id) == "FAILED"
    assert store.client.get_run(run.id).data.tags["ended_by"] == "TrainingError: the reward is not a number."


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_a_killed_run(
    training: tuple[subprocess.Popen[str], str], store: Store, signum: signal.Signals
) -> None:
    process, run_id = training
    process.send_signal(signum)
    assert process.wait(timeout=30) == 128 + signum
    assert status(store, run_id) == "KILLED"
    assert signum.name in store.client.get_run(run_id).data.tags["ended_by"]


def test_a_run_whose_process_was_shot_is_killed_by_the_next_start(
    training: tuple[subprocess.Popen[str], str], workspace: Workspace, settings: Settings, store: Store
) -> None:
    process, run_id = training
    assert reconcile(store) == []
    process.kill()
    process.wait()
    assert status(store, run_id) == "RUNNING"
    with pipeline_run(workspace, settings):
        assert status(store, run_id) == "KILLED"
    (last,) = store.client.get_metric_history(run_id, "reward/overall")
    assert store.client.get_run(run_id).info.end_time == last.timestamp


def test_a_run_of_another_host_is_left_alone(store: Store) -> None:
    elsewhere = owner_tags() | {"host": "elsewhere", "pid": "1"}
    run_id = store.client.create_run(store.experiment_id, tags=elsewhere).info.run_id
    assert reconcile(store) == []
    assert status(store, run_id) == "RUNNING"


def test_a_process_number_used_again_does_not_keep_a_dead_run_alive(store: Store) -> None:
    reused = owner_tags() | {"process_started": f"{time.time() - 86_400:.2f}"}
    run_id = store.client.create_run(store.experiment_id, tags=reused).info.run_id
    assert reconcile(store) == [run_id]


def test_signal_handlers_are_as_before_after_the_run(workspace: Workspace, settings: Settings) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pipeline_run(workspace, settings):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_interrupted_run_goes_on_as_the_same_run(workspace: Workspace, settings: Settings, store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), pipeline_run(workspace, settings) as first:
        first.log_metrics({"loss": 2.0}, step=1)
        raise KeyboardInterrupt
    assert status(store, first.id) == "KILLED"
    with pipeline_run(workspace, settings, resume=first.id) as second:
        second.log_metrics({"loss": 1.0}, step=2)
    assert second.id == first.id
    found = store.client.get_run(first.id)
    assert found.info.status == "FINISHED" and "ended_by" not in found.data.tags
    assert [point.step for point in store.client.get_metric_history(first.id, "loss")] == [1, 2]


def test_a_lost_run_is_resumed_by_a_new_one_that_names_it(
    workspace: Workspace, settings: Settings, store: Store
) -> None:
    with pipeline_run(workspace, settings, resume="0" * 32) as run:
        pass
    assert store.client.get_run(run.id).data.tags["resumed_from"] == "0" * 32


def test_a_run_says_where_it_comes_from(
    workspace: Workspace, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_STAGE", "dvc.yaml:train")
    monkeypatch.setenv("DVC_EXP_NAME", "sharp-lynx")
    monkeypatch.setenv("DAGSTER_RUN_ID", "d4")
    with pipeline_run(workspace, settings, params={"weights": 7}, tags={"preset": "tiny"}) as run:
        pass
    found = store.client.get_run(run.id)
    expected = {"dvc.stage": "train", "dvc.exp": "sharp-lynx", "dagster.run_id": "d4", "preset": "tiny"}
    assert expected.items() <= found.data.tags.items()
    assert found.data.tags["pid"] == str(os.getpid())
    assert found.info.run_name == "sharp-lynx"
    assert found.data.params["train.steps"] == str(settings.train.steps)
    assert found.data.params["weights"] == "7"


MODEL = "a1" * 32


def test_later_stages_write_to_the_run_that_made_the_model_without_a_change_of_status(
    workspace: Workspace, settings: Settings, store: Store
) -> None:
    with pytest.raises(TrainingError), pipeline_run(workspace, settings) as run:
        run.set_tags({"digest": MODEL})
        raise TrainingError("stopped after the last checkpoint")
    with pipeline_run(workspace, settings) as other:
        other.set_tags({"digest": "b2" * 32})
    attached = attach_run(workspace, settings, MODEL)
    attached.log_metrics({"test/srcc": 0.7})
    assert attached.id == run.id
    assert status(store, run.id) == "FAILED"
    assert store.client.get_run(run.id).data.metrics["test/srcc"] == 0.7


def test_of_two_runs_that_made_the_same_model_the_last_one_is_written_to(
    workspace: Workspace, settings: Settings
) -> None:
    made = []
    for _ in range(2):
        with pipeline_run(workspace, settings) as run:
            run.set_tags({"digest": MODEL})
            made.append(run.id)
    assert attach_run(workspace, settings, MODEL).id == made[-1]


@pytest.mark.parametrize("deleted", [False, True])
def test_a_policy_restored_from_elsewhere_gets_one_run_that_names_its_model(
    workspace: Workspace, settings: Settings, store: Store, deleted: bool
) -> None:
    if deleted:
        with pipeline_run(workspace, settings) as run:
            run.set_tags({"digest": MODEL})
        store.client.delete_run(run.id)
    restored = attach_run(workspace, settings, MODEL)
    found = store.client.get_run(restored.id)
    assert (found.data.tags["restored"], found.data.tags["digest"]) == ("true", MODEL)
    assert found.info.status == "FINISHED"
    assert attach_run(workspace, settings, MODEL).id == restored.id


@pytest.mark.parametrize("content", ["{", "[]", "{}", json.dumps({"run_id": "' or 1=1"})])
def test_a_broken_run_file_of_an_interrupted_training_is_one_sentence(tmp_path: Path, content: str) -> None:
    assert read_run_id(tmp_path) is None
    write_run_id(tmp_path, "0" * 32)
    assert read_run_id(tmp_path) == "0" * 32
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RegistryError, match=r"run\.json .*Remove .* train from the start"):
        read_run_id(tmp_path)


def test_where_mlflow_shows_a_model_is_kept_beside_the_store_by_its_digest(workspace: Workspace) -> None:
    assert read_pages(workspace, MODEL) == {}
    note_pages(workspace, MODEL, {"MLflow run": "#/experiments/1/runs/a"})
    note_pages(workspace, MODEL, {"MLflow version": "#/models/mgiqa/versions/3"})
    note_pages(workspace, "b2" * 32, {"MLflow run": "#/experiments/1/runs/b"})
    assert read_pages(workspace, MODEL) == {
        "MLflow run": "#/experiments/1/runs/a",
        "MLflow version": "#/models/mgiqa/versions/3",
    }


def test_an_unknown_run_is_none(store: Store) -> None:
    assert find_run(store, "b" * 32) is None
