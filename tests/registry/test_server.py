"""The registry through a real MLflow server, which also serves the pages."""

import json
import shutil
import socket
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mgiqa.errors import RegistryError
from mgiqa.execution.process_guard import guarded
from mgiqa.models.digest import model_digest
from mgiqa.registry.champion import champion_folder, make_champion
from mgiqa.registry.recorded import verify_version
from mgiqa.registry.registration import Description, register
from mgiqa.registry.runs import pipeline_run
from mgiqa.registry.server import environment, ui_command
from mgiqa.registry.store import prepare_store
from mgiqa.settings import Settings
from mgiqa.settings.release import Tracking
from mgiqa.workspace import Workspace

PATIENCE = 180.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Served:
    """A server over the store of a checkout that was moved after a run.

    Attributes:
        address: where it listens.
        run_id: the run, which has a curve of one point and a file.
    """

    address: str
    run_id: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Served]:
    before, settings = Workspace(tmp_path_factory.mktemp("server") / "before"), Settings()
    before.tracking.mkdir(parents=True)
    shutil.copy(empty_database, before.tracking / "mlflow.db")
    note = before.root / "note.txt"
    note.write_text("kept")
    with pipeline_run(before, settings) as run:
        run.log_metrics({"reward/overall": 0.25}, step=0)
        run.store.client.log_artifact(run.id, str(note))
    workspace = Workspace(before.root.rename(before.root.with_name("after")))
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = workspace.tracking / "server.log"
    asked = ui_command(workspace, settings, port)
    with log.open("w") as file, guarded(asked, workspace.root, environment(), file) as process:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
        yield Served(address, run.id)


def test_the_pages_of_a_moved_checkout_list_its_runs_their_curves_and_their_files(server: Served) -> None:
    def ask(path: str) -> Any:
        query = f"{server.address}/ajax-api/2.0/mlflow/{path}&run_id={server.run_id}"
        return json.load(urllib.request.urlopen(query, timeout=30))

    (point,) = ask("metrics/get-history?metric_key=reward/overall")["metrics"]
    assert (point["step"], point["value"]) == (0, 0.25)
    assert [file["path"] for file in ask("artifacts/list?path=")["files"]] == ["note.txt"]
    got = urllib.request.urlopen(f"{server.address}/get-artifact?path=note.txt&run_id={server.run_id}", timeout=30)
    assert got.read() == b"kept"


def test_a_server_takes_runs_and_models_and_gives_them_back(server: Served, tmp_path: Path) -> None:
    client = Workspace(tmp_path / "client")
    settings = Settings(tracking=Tracking(uri=server.address, experiment="team"))
    policy = tmp_path / "policy"
    policy.mkdir()
    (policy / "model.safetensors").write_text("weights")
    digest = model_digest(policy)
    with pipeline_run(client, settings) as run:
        run.log_metrics({"reward/overall": 0.5}, step=1)
    version = register(client, run, policy, digest, "mgiqa", Description({}, "A card", "A purpose"))
    assert version.run_id == run.id
    make_champion(run.store, version, ["It is the first."])
    folder = champion_folder(client, settings)
    assert folder.is_relative_to(client.tracking)
    assert (folder / "model.safetensors").read_text() == "weights"
    verify_version(client, run.store, version)
    shutil.rmtree(policy)
    assert champion_folder(client, settings) == folder
    assert prepare_store(client, settings).client.get_run(run.id).info.status == "FINISHED"


def test_a_server_by_setting_has_pages_of_its_own(workspace: Workspace) -> None:
    settings = Settings(tracking=Tracking(uri="http://127.0.0.1:9"))
    with pytest.raises(RegistryError, match="serves its own pages"):
        ui_command(workspace, settings, 5000)


def test_the_pages_are_for_this_machine_only(workspace: Workspace, settings: Settings) -> None:
    asked = ui_command(workspace, settings, 5000)
    assert asked[asked.index("--host") + 1] == "127.0.0.1"
