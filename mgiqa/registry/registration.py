"""How a policy enters the registry: once per model, however often the stage runs."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mgiqa.errors import RegistryError
from mgiqa.models.digest import write_sums
from mgiqa.registry.models import CHALLENGER, Version, find_version, versions
from mgiqa.registry.packaging import package_model
from mgiqa.registry.recorded import FILES, is_whole
from mgiqa.registry.run import DIGEST, Run
from mgiqa.registry.store import Store, mlflow_errors
from mgiqa.workspace import Workspace

MODEL_TYPE = "image-quality"
NOTE = "mlflow.note.content"
VERSIONS_TAG = "mlflow.modelVersions"
"""By which MLflow's pages link a logged model to its versions."""


@dataclass(frozen=True)
class Description:
    """What is said of a version.

    Attributes:
        tags: short facts that stand beside it in lists.
        card: its page, in Markdown.
        purpose: the page of the registered model as a whole, in Markdown.
    """

    tags: Mapping[str, str]
    card: str
    purpose: str


def register(workspace: Workspace, run: Run, policy: Path, digest: str, name: str, description: Description) -> Version:
    """Makes ``policy`` the challenger: as a new version, or as the one that already holds the same model.

    Args:
        workspace: of the local store.
        run: the run that made the policy.
        policy: its folder.
        digest: of the model in it.
        name: of the registered model, which is made where it is missing.
        description: what is said of the version; of one that is there already it is renewed.

    Returns:
        The version, with its aliases and tags as they are now.

    Raises:
        RegistryError: MLflow refuses.
    """
    store = run.store
    version = _same_model(workspace, store, name, digest)
    if version is None:
        _ensure_model(store, name, description.purpose)
        version = _create(workspace, run, policy, name, digest)
    with mlflow_errors(f"describe {version}"):
        for key, value in description.tags.items():
            store.client.set_model_version_tag(name, str(version.number), key, value)
        store.client.update_model_version(name, str(version.number), description.card)
        store.client.set_logged_model_tags(version.model_id, {NOTE: description.card})
        run.set_tags({NOTE: description.card})
        store.client.set_registered_model_alias(name, CHALLENGER, str(version.number))
    registered = find_version(store, name, version.number)
    if registered is None:
        raise RegistryError(f"{version} has just been registered and is gone", remedy="Run the stage again.")
    return registered


def _same_model(workspace: Workspace, store: Store, name: str, digest: str) -> Version | None:
    """The version with the same model whose files are still there and as they were."""
    same = (version for version in versions(store, name) if version.digest == digest)
    return next((version for version in same if is_whole(workspace, store, version)), None)


def _ensure_model(store: Store, name: str, purpose: str) -> None:
    with mlflow_errors(f"make the registered model {name}"):
        if not store.client.search_registered_models(f"name = '{name}'"):
            store.client.create_registered_model(name, description=purpose)


def _create(workspace: Workspace, run: Run, policy: Path, name: str, digest: str) -> Version:
    from mlflow.entities import LoggedModelOutput

    store = run.store
    with mlflow_errors(f"register {name}"):
        logged = store.client.create_logged_model(
            store.experiment_id, name, run.id, tags={DIGEST: digest}, model_type=MODEL_TYPE
        )
        try:
            files = _upload(workspace, run, policy, logged.model_id, logged.artifact_location, digest)
        except BaseException:
            store.client.finalize_logged_model(logged.model_id, "FAILED")
            raise
        store.client.finalize_logged_model(logged.model_id, "READY")
        store.client.log_outputs(run.id, [LoggedModelOutput(logged.model_id, step=0)])
        made = store.client.create_model_version(
            name,
            f"models:/{logged.model_id}",
            run.id,
            tags={DIGEST: digest, FILES: files},
            model_id=logged.model_id,
        )
        carried = json.dumps([{"name": name, "version": int(made.version)}])
        store.client.set_logged_model_tags(logged.model_id, {VERSIONS_TAG: carried})
    return Version(name, int(made.version), logged.model_id, run.id, made.creation_timestamp)


def _upload(workspace: Workspace, run: Run, policy: Path, model_id: str, location: str, digest: str) -> str:
    """Stores the files of a version; returns the digest of their list."""
    from mlflow.models import Model

    workspace.tracking.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=workspace.tracking) as temporary:
        described = Model(artifact_path=location, run_id=run.id, model_id=model_id)
        folder = Path(temporary) / "model"
        package_model(policy, folder, described, {DIGEST: digest})
        listed = write_sums(folder, (path for path in folder.rglob("*") if path.is_file()))
        run.store.client.log_model_artifacts(model_id, str(folder))
    return listed
