"""A local store per test, copied from one that was made once: making its tables takes seconds."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from mgiqa.quiet import silence_tools
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace
from tests.registry.entries import SETTINGS, Submit, enter

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
    return SETTINGS


@pytest.fixture
def store(workspace: Workspace, settings: Settings) -> Store:
    return prepare_store(workspace, settings)


@pytest.fixture
def submit(workspace: Workspace, store: Store) -> Submit:
    """Registers a policy of the given bytes that scores the test images as ``wrong`` as told; returns its number."""
    return partial(enter, workspace, store)
