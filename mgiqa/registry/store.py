"""Where runs and models are recorded: a local SQLite database, made once, or an MLflow server.

Several processes that use a new SQLite database at once corrupt it for good, so the local one is always opened under
a file lock, and made complete (tables, experiment) before the lock is let go.
"""

import logging
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from mgiqa import system
from mgiqa.errors import Busy, MissingExtra, RegistryError
from mgiqa.registry.locations import ARTIFACTS, DATABASE, PATIENCE, local_path, put_right, same_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace, locked

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHATTY = ("alembic", "mlflow")
TRAINING_PAGES = "?workflowType=machine_learning"
"""Ends an address of MLflow's pages: show those for training, not those for chat traces, which are the default."""
EXPERIMENT_TAGS = {
    "mlflow.experimentKind": "custom_model_development",
    "mlflow.note.content": "One run per run of the pipeline: opened by `train`, completed by `register`.",
}


@dataclass(frozen=True)
class Store:
    """An opened store.

    Attributes:
        client: talks to it; every call goes through it.
        uri: address that other tools take as ``MLFLOW_TRACKING_URI``.
        experiment_id: identifier of the experiment that runs are filed under.
    """

    client: "MlflowClient"
    uri: str
    experiment_id: str


def tracking_uri(workspace: Workspace, settings: Settings) -> str:
    """The server of the settings, or the absolute address of the local database."""
    return settings.tracking.uri or f"sqlite:///{workspace.tracking / DATABASE}"


def prepare_store(workspace: Workspace, settings: Settings) -> Store:
    """Opens the store; makes the local database and the experiment where they are missing.

    A local database that came here with its checkout, moved or copied, is put right first. Any number of processes may
    call it at the same time.

    Raises:
        RegistryError: the server does not answer, the database cannot be used, or the experiment was deleted or keeps
            its files elsewhere.
        MissingExtra: MLflow is not installed.
    """
    mlflow = _load_mlflow()
    uri = tracking_uri(workspace, settings)
    local = not settings.tracking.uri
    if not local:
        _probe(uri)
    with _alone(workspace.tracking) if local else nullcontext(), mlflow_errors(f"open {uri}"):
        mlflow.set_tracking_uri(uri)  # parts of the client ask for the default, whatever they were made with
        if local and (workspace.tracking / DATABASE).is_file():
            put_right(workspace.tracking)
        client = mlflow.MlflowClient(uri)
        tracking = workspace.tracking if local else None
        return Store(client, uri, _experiment(client, settings.tracking.experiment, tracking))


@contextmanager
def mlflow_errors(action: str) -> Iterator[None]:
    """Turns MLflow's errors inside the block into one sentence: "MLflow could not <action>: ...".

    Raises:
        RegistryError: in place of any ``MlflowException``.
        MachineError, Busy: the system keeps the local database from being read or written.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError) as error:
        if fault := system.explanation(error):
            raise type(fault)(f"MLflow could not {action}: {fault.args[0]}", remedy=fault.remedy) from error
        raise RegistryError(f"MLflow could not {action}: {str(error).strip().splitlines()[0]}") from error


def _load_mlflow() -> ModuleType:
    try:
        import mlflow
    except ModuleNotFoundError as error:
        raise MissingExtra("MLflow is not installed", remedy="Install it with: pip install 'mgiqa[track]'") from error
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    return mlflow


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        deadline = time.monotonic() + PATIENCE
        while not locked(lock):
            if time.monotonic() > deadline:
                raise Busy(
                    f"another process has been opening {folder} for {PATIENCE:.0f} seconds",
                    remedy="End it (`fuser` names it), then run this again.",
                )
            time.sleep(0.05)
        yield


def _probe(uri: str) -> None:
    """Asks a server once whether it is there; MLflow itself would retry for minutes before it says no."""
    if not uri.startswith(("http://", "https://")):
        return
    try:
        urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=10).close()
    except urllib.error.HTTPError:
        return  # it is there; whether it lets us in is for MLflow to say
    except OSError as error:
        raise RegistryError(
            f"the MLflow server {uri} does not answer ({error})",
            remedy="Start it, or correct tracking.uri in params.yaml; empty means the local database.",
        ) from error


def _experiment(client: "MlflowClient", name: str, tracking: Path | None) -> str:
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        location = (tracking / ARTIFACTS).as_uri() if tracking else None
        return str(client.create_experiment(name, artifact_location=location, tags=dict(EXPERIMENT_TAGS)))
    if experiment.lifecycle_stage == "deleted":
        raise RegistryError(
            f"the MLflow experiment {name} was deleted",
            remedy="Restore it in the MLflow page, or name another as tracking.experiment in params.yaml.",
        )
    if tracking and not _inside(local_path(experiment.artifact_location or ""), tracking):
        raise RegistryError(
            f"the MLflow experiment {name} keeps its files in {experiment.artifact_location}, "
            f"not in {tracking / ARTIFACTS}",
            remedy="Name another as tracking.experiment in params.yaml; it is made where it is missing.",
        )
    return str(experiment.experiment_id)


def _inside(artifacts: Path | None, tracking: Path) -> bool:
    return artifacts is not None and artifacts.name == ARTIFACTS and same_store(artifacts.parent, tracking)
