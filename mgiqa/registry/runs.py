"""The life of a run: one per run of the pipeline, opened by ``train``, written to by the stages after it.

with pipeline_run(workspace, settings) as run:     # train: ends FINISHED, FAILED or KILLED, whatever happens
    run.log_metrics({"reward/mean": 0.61}, step=1)
    run.set_tags({DIGEST: digest})                 # names the policy that came of it

run = attach_run(workspace, settings, digest)      # register: the run of this very policy
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mgiqa.errors import RegistryError
from mgiqa.registry.ending import FINISHED, KILLED, ending_of, signals_raise
from mgiqa.registry.origin import origin_tags
from mgiqa.registry.owner import owner_is_gone, owner_tags
from mgiqa.registry.recorded_run import run_of_model
from mgiqa.registry.run import DIGEST, Run
from mgiqa.registry.store import Store, mlflow_errors, prepare_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

_RUN_FILE = "run.json"
_RESTORED = "restored"
LONGEST_REASON = 500


@contextmanager
def pipeline_run(
    workspace: Workspace,
    settings: Settings,
    *,
    resume: str | None = None,
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Iterator[Run]:
    """Opens the run of a training, and closes it with the right status.

    Inside the block SIGTERM and SIGINT raise ``Terminated``. Nothing can be done on SIGKILL: the run stays RUNNING
    until the next start, which marks it KILLED (``reconcile``). In a training of several processes only the main one
    opens the run.

    Args:
        workspace: where the local store lies.
        settings: recorded as parameters when the run is new.
        resume: identifier of the run of an interrupted training with the same settings; it is opened again, and a new
            one tagged ``resumed_from`` takes its place if the store has lost it.
        params: further parameters of a new run.
        tags: further tags.

    Raises:
        RegistryError: the store cannot be opened or written to.
    """
    store = prepare_store(workspace, settings)
    reconcile(store)
    all_tags = {**origin_tags(workspace), **owner_tags(), **(tags or {})}
    with signals_raise():
        run = _open(store, settings, resume, params or {}, all_tags)
        try:
            yield run
        except BaseException as error:
            reason = f"{type(error).__name__}: {error}"[:LONGEST_REASON]
            _close(run, ending_of(error), reason)
            raise
        _close(run, FINISHED)


def attach_run(workspace: Workspace, settings: Settings, digest: str) -> Run:
    """The last run that made the model of that digest, for writing more to it; its status stays as it is.

    Where the store knows none (a fresh clone whose outputs came from a DVC remote), a finished run tagged ``restored``
    takes its place, the same one each time.

    Raises:
        RegistryError: the store cannot be opened.
    """
    store = prepare_store(workspace, settings)
    known = run_of_model(store, digest)
    if known:
        return Run(store, known.id)
    run = _create(store, settings, {}, {**origin_tags(workspace), _RESTORED: "true", DIGEST: digest})
    _close(run, FINISHED)
    return run


def find_run(store: Store, run_id: str) -> Run | None:
    """The run of that identifier, or None if the store never knew it or it was deleted."""
    from mlflow.exceptions import MlflowException

    try:
        run = store.client.get_run(run_id)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise RegistryError(f"MLflow could not read run {run_id}: {error}") from error
    return Run(store, run_id) if run.info.lifecycle_stage == "active" else None


def reconcile(store: Store) -> list[str]:
    """Marks as KILLED the runs that say RUNNING but whose process on this host is gone; returns their identifiers.

    Such a run ends when it last recorded something, so that its duration is true.
    """
    with mlflow_errors("look for interrupted runs"):
        running = store.client.search_runs([store.experiment_id], "attributes.status = 'RUNNING'")
        gone = [run for run in running if owner_is_gone(run.data.tags)]
        for run in gone:
            last = [point.timestamp for key in run.data.metrics for point in _history(store, run.info.run_id, key)]
            store.client.set_tag(run.info.run_id, "ended_by", "its process was killed")
            store.client.set_terminated(run.info.run_id, KILLED, max(last, default=run.info.start_time))
    return [run.info.run_id for run in gone]


def write_run_id(folder: Path, run_id: str) -> None:
    """Writes ``run.json`` into the work folder of a training, for whoever goes on with it."""
    (folder / _RUN_FILE).write_text(json.dumps({"run_id": run_id}) + "\n", encoding="utf-8")


def read_run_id(folder: Path) -> str | None:
    """The identifier of the run that an interrupted training began; None where its work folder names none.

    Raises:
        RegistryError: the ``run.json`` of the folder has another form.
    """
    path = folder / _RUN_FILE
    if not path.is_file():
        return None
    remedy = f"Remove {folder}, and train from the start."
    try:
        run_id = str(json.loads(path.read_text(encoding="utf-8"))["run_id"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RegistryError(f"{path} cannot be read ({type(error).__name__}: {error})", remedy=remedy) from error
    if not re.fullmatch("[0-9a-f]{32}", run_id):
        raise RegistryError(f"{path} names {run_id!r}, which is no MLflow run", remedy=remedy)
    return run_id


def _open(store: Store, settings: Settings, resume: str | None, params: Mapping[str, Any], tags: dict[str, str]) -> Run:
    run = find_run(store, resume) if resume else None
    if run is None:
        return _create(store, settings, params, tags | ({"resumed_from": resume} if resume else {}))
    with mlflow_errors(f"open run {run.id} again"):
        store.client.update_run(run.id, status="RUNNING")
        if "ended_by" in store.client.get_run(run.id).data.tags:
            store.client.delete_tag(run.id, "ended_by")
    run.set_tags(tags)
    return run


def _create(store: Store, settings: Settings, params: Mapping[str, Any], tags: Mapping[str, str]) -> Run:
    name = tags.get("dvc.exp") or f"{Path(settings.base.model).name} {settings.train.reward} seed {settings.seed}"
    with mlflow_errors("open a run"):
        created = store.client.create_run(store.experiment_id, tags=dict(tags), run_name=name)
    run = Run(store, created.info.run_id)
    run.log_params({**settings.model_dump(by_alias=True), **params})
    return run


def _close(run: Run, status: str, reason: str = "") -> None:
    if reason:
        run.set_tags({"ended_by": reason})
    with mlflow_errors(f"close run {run.id}"):
        run.store.client.set_terminated(run.id, status)


def _history(store: Store, run_id: str, key: str) -> list[Any]:
    return list(store.client.get_metric_history(run_id, key))
