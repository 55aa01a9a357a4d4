import subprocess
import sys
from pathlib import Path

import pytest

from mgiqa.errors import RegistryError
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings
from mgiqa.settings.release import Tracking
from mgiqa.workspace import Workspace

FIRST_USE = """
import sys
from pathlib import Path
from mgiqa.quiet import silence_tools
silence_tools()
from mgiqa.registry.runs import pipeline_run
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace
with pipeline_run(Workspace(Path(sys.argv[1])), Settings()) as run:
    run.log_metrics({"loss": 1.0})
"""


def test_four_processes_may_use_a_new_database_at_once(tmp_path: Path) -> None:
    started = [subprocess.Popen([sys.executable, "-c", FIRST_USE, str(tmp_path)]) for _ in range(4)]
    assert [process.wait(timeout=120) for process in started] == [0, 0, 0, 0]
    store = prepare_store(Workspace(tmp_path), Settings())
    runs = store.client.search_runs([store.experiment_id])
    assert [run.info.status for run in runs] == ["FINISHED"] * 4


def test_everything_local_lies_in_the_tracking_folder(workspace: Workspace, store: Store) -> None:
    assert store.uri == f"sqlite:///{workspace.tracking}/mlflow.db"
    experiment = store.client.get_experiment(store.experiment_id)
    assert experiment.artifact_location == (workspace.tracking / "artifacts").as_uri()


def test_an_experiment_that_keeps_its_files_elsewhere_is_refused_before_they_go_astray(
    workspace: Workspace, store: Store
) -> None:
    store.client.create_experiment("elsewhere", artifact_location="s3://bucket/files")
    with pytest.raises(RegistryError, match=r"keeps its files in s3://bucket/files, .* tracking\.experiment"):
        prepare_store(workspace, Settings(tracking=Tracking(experiment="elsewhere")))


def test_a_deleted_experiment_is_named(workspace: Workspace, store: Store, settings: Settings) -> None:
    store.client.delete_experiment(store.experiment_id)
    with pytest.raises(RegistryError, match="experiment mgiqa was deleted"):
        prepare_store(workspace, settings)


def test_a_server_that_is_not_there_is_said_at_once(workspace: Workspace) -> None:
    nobody = Settings(tracking=Tracking(uri="http://127.0.0.1:9"))
    with pytest.raises(RegistryError, match=r"http://127\.0\.0\.1:9 does not answer"):
        prepare_store(workspace, nobody)
