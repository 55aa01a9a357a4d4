"""The versions of the registered model: which there are, which is champion, and where their files lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mgiqa.errors import RegistryError
from mgiqa.names import verify_name
from mgiqa.registry.locations import local_path
from mgiqa.registry.packaging import WEIGHTS_FOLDER
from mgiqa.registry.run import DIGEST
from mgiqa.registry.store import TRAINING_PAGES, Store, mlflow_errors
from mgiqa.workspace import Workspace, written_whole

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

CHALLENGER, CHAMPION = "challenger", "champion"
SET_ANEW = {CHAMPION: "mgiqa rollback", CHALLENGER: "dvc repro --force --single-item register"}
"""Alias → the command that moves it to a version that is there."""


@dataclass(frozen=True)
class Version:
    """One version of the registered model.

    Attributes:
        name: of the registered model.
        number: from 1.
        model_id: MLflow's logged model, which holds the files.
        run_id: the run that it came from.
        created: milliseconds since 1970.
        aliases: ``challenger``, ``champion``, both or neither.
        tags: facts, and what was decided of it.
    """

    name: str
    number: int
    model_id: str
    run_id: str
    created: int
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """Address that MLflow's tools take."""
        return f"models:/{self.name}/{self.number}"

    @property
    def link(self) -> str:
        """Address of the version's page, relative to the MLflow page."""
        return f"#/models/{self.name}/versions/{self.number}{TRAINING_PAGES}"

    @property
    def digest(self) -> str:
        """Digest of the model's files; see ``mgiqa.models.digest``."""
        return self.tags.get(DIGEST, "")

    def __str__(self) -> str:
        return f"{self.name} version {self.number}"


def versions(store: Store, name: str) -> list[Version]:
    """All versions of ``name``, the newest first; none if no model has that name."""
    with mlflow_errors(f"list the versions of {name}"):
        aliases, _ = read_model(store, name)
        entries = store.client.search_model_versions(f"name = '{name}'", max_results=10_000)
    return sorted((_version(one, aliases) for one in entries), key=lambda one: -one.number)


def find_alias(store: Store, name: str, alias: str) -> Version | None:
    """The version that carries ``alias``, if one does.

    Raises:
        RegistryError: the alias names a version that is not there.
    """
    aliases, _ = read_model(store, name)
    return carrier(name, alias, aliases, versions(store, name)) if alias in aliases else None


def carrier(name: str, alias: str, aliases: Mapping[str, str], known: Sequence[Version]) -> Version | None:
    """The version that carries ``alias``, if one does.

    Raises:
        RegistryError: the alias names a version that is not there.
    """
    number = aliases.get(alias)
    if number is None:
        return None
    version = next((version for version in known if str(version.number) == number), None)
    if version is None:
        raise RegistryError(
            f"the alias {alias} of {name} names version {number}, which is not in the registry",
            remedy=f"Set it anew with: {SET_ANEW.get(alias, 'the MLflow page')}",
        )
    return version


def find_version(store: Store, name: str, number: int) -> Version | None:
    """The version of that number, if there is one."""
    return next((one for one in versions(store, name) if one.number == number), None)


def find_model(store: Store, name: str, digest: str) -> Version | None:
    """The newest version that holds the model of that digest, if there is one."""
    return next((one for one in versions(store, name) if one.digest == digest), None)


def read_model(store: Store, name: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Alias → version number, and the tags of the model ``name``; both empty if no model has that name."""
    from mlflow.exceptions import MlflowException

    try:
        model = store.client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}, {}
        raise RegistryError(f"MLflow could not read the model {name}: {error}") from error
    return {alias: str(number) for alias, number in model.aliases.items()}, dict(model.tags)


def weights_folder(workspace: Workspace, store: Store, version: Version) -> Path:
    """A local folder with the weights of ``version``; see ``version_folder``."""
    return version_folder(workspace, store, version) / "artifacts" / WEIGHTS_FOLDER


def version_folder(workspace: Workspace, store: Store, version: Version) -> Path:
    """A local folder with the MLflow model of ``version``: where it lies, or fetched once from the server.

    Raises:
        RegistryError: the files are gone.
        StageBusy: another process is fetching them.
    """
    from mlflow.artifacts import download_artifacts

    with mlflow_errors(f"find the files of {version}"):
        location = store.client.get_logged_model(version.model_id).artifact_location
    folder = local_path(location)
    if folder is None:
        fetched = fetched_folder(workspace, version)
        if not fetched.is_dir():
            with workspace.alone(fetched), mlflow_errors(f"fetch {version}"), written_whole(fetched) as draft:
                download_artifacts(artifact_uri=location, dst_path=str(draft), tracking_uri=store.uri)
        folder = fetched / location.rstrip("/").rpartition("/")[2]
    if not (folder / "MLmodel").is_file():
        raise RegistryError(
            f"the files of {version} are not in {folder}", remedy="Register it again: dvc repro --force register"
        )
    return folder


def fetched_folder(workspace: Workspace, version: Version) -> Path:
    """Where the files of a version lie that were fetched from a server."""
    return workspace.tracking / "fetched" / verify_name("model of a server", version.model_id)


def _version(entry: "ModelVersion", aliases: Mapping[str, str]) -> Version:
    number = int(entry.version)
    return Version(
        entry.name,
        number,
        entry.model_id or (entry.source or "").removeprefix("models:/"),  # the SQL store leaves the first empty
        entry.run_id or "",
        entry.creation_timestamp,
        tuple(sorted(alias for alias, carrier in aliases.items() if int(carrier) == number)),
        dict(entry.tags),
    )
