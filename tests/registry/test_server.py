"""The registry through a real MLflow server, which also serves the pages."""

import shutil
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from mgiqa.errors import RegistryError
from mgiqa.lifeline import guarded
from mgiqa.registry.champion import promote
from mgiqa.registry.models import champion_folder
from mgiqa.registry.registration import Description, register
from mgiqa.registry.runs import pipeline_run
from mgiqa.registry.server import command, environment
from mgiqa.registry.store import prepare_store
from mgiqa.settings import Settings
from mgiqa.settings.tracking import Tracking
from mgiqa.workspace import Workspace

PATIENCE = 180.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(workspace: Workspace, settings: Settings) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = workspace.tracking / "server.log"
    asked = command(workspace, settings, port)
    with log.open("w") as file, guarded(asked, workspace.root, environment(), file) as process:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
        yield address


def test_a_server_takes_runs_and_models_and_gives_them_back(server: str, tmp_path: Path) -> None:
    client = Workspace(tmp_path / "client")
    settings = Settings(tracking=Tracking(uri=server, experiment="team"))
    policy = tmp_path / "policy"
    policy.mkdir()
    (policy / "model.safetensors").write_text("weights")
    with pipeline_run(client, settings) as run:
        run.log_metrics({"reward/overall": 0.5}, step=1)
    version = register(client, run, policy, "mgiqa", Description({}, "A card", "A purpose"))
    assert version.run_id == run.id
    promote(run.store, version, ["It is the first."])
    folder = champion_folder(client, settings)
    assert folder.is_relative_to(client.tracking)
    assert [path.read_text() for path in folder.iterdir()] == ["weights"]
    shutil.rmtree(policy)
    assert champion_folder(client, settings) == folder
    assert prepare_store(client, settings).client.get_run(run.id).info.status == "FINISHED"


def test_a_server_by_setting_has_pages_of_its_own(workspace: Workspace) -> None:
    settings = Settings(tracking=Tracking(uri="http://127.0.0.1:9"))
    with pytest.raises(RegistryError, match="serves its own pages"):
        command(workspace, settings, 5000)


def test_the_pages_are_for_this_machine_only(workspace: Workspace, settings: Settings) -> None:
    asked = command(workspace, settings, 5000)
    assert asked[asked.index("--host") + 1] == "127.0.0.1"
