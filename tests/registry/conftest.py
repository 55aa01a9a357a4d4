"""A local store per test, copied from one that was made once: making its tables takes seconds."""

import shutil
from pathlib import Path

import pytest

from mgiqa.quiet import silence_tools
from mgiqa.registry.predictions import keep_predictions
from mgiqa.registry.registration import Description, register
from mgiqa.registry.run import Run
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace
from tests.registry.entries import NAME, Submit, entry

silence_tools()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}")
    return path


@pytest.fixture
def workspace(tmp_path: Path, empty_database: Path) -> Workspace:
    workspace = Workspace(tmp_path / "checkout")
    workspace.tracking.mkdir(parents=True)
    shutil.copy(empty_database, workspace.tracking / "mlflow.db")
    return workspace


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def store(workspace: Workspace, settings: Settings) -> Store:
    return prepare_store(workspace, settings)


@pytest.fixture
def submit(workspace: Workspace, store: Store, tmp_path: Path) -> Submit:
    """Registers a policy of the given bytes that scores the test images as ``wrong`` as told; returns its number."""

    def submit(content: str, wrong: float) -> int:
        policy = tmp_path / "policy"
        shutil.rmtree(policy, ignore_errors=True)
        policy.mkdir()
        (policy / "config.json").write_text("{}")
        (policy / "model.safetensors").write_text(content)
        (policy / "run.json").write_text("{}")
        run = Run(store, store.client.create_run(store.experiment_id).info.run_id)
        version = register(workspace, run, policy, NAME, Description({"srcc": "0.7"}, "A card", "A purpose"))
        keep_predictions(store, version, entry(wrong))
        return version.number

    return submit
