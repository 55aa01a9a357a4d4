"""The versions of the registered model: which there are, which is champion, and where their files lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mgiqa.errors import RegistryError
from mgiqa.registry.packaging import WEIGHTS
from mgiqa.registry.store import TRAINING_PAGES, Store, explained, prepare_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace, written_whole

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

CHALLENGER, CHAMPION = "challenger", "champion"
DIGEST = "digest"


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
        """Digest of the model's files; see ``packaging.model_digest``."""
        return self.tags.get(DIGEST, "")

    def __str__(self) -> str:
        return f"{self.name} version {self.number}"


def versions(store: Store, name: str) -> list[Version]:
    """All versions of ``name``, the newest first; none if no model has that name."""
    with explained(f"list the versions of {name}"):
        aliases = _aliases(store, name)
        found = store.client.search_model_versions(f"name = '{name}'", max_results=10_000)
    return sorted((_version(one, aliases) for one in found), key=lambda one: -one.number)


def find_alias(store: Store, name: str, alias: str) -> Version | None:
    """The version that carries ``alias``, if one does."""
    number = _aliases(store, name).get(alias)
    return find_version(store, name, int(number)) if number else None


def find_version(store: Store, name: str, number: int) -> Version | None:
    """The version of that number, if there is one."""
    return next((one for one in versions(store, name) if one.number == number), None)


def champion(store: Store, name: str) -> Version:
    """The champion.

    Raises:
        RegistryError: no version is champion yet.
    """
    found = find_alias(store, name, CHAMPION)
    if found is None:
        raise RegistryError(
            f"no version of {name} is champion yet",
            remedy="Train and register one with `dvc repro`, then run `mgiqa promote`; or name a folder with --model.",
        )
    return found


def champion_folder(workspace: Workspace, settings: Settings) -> Path:
    """A local folder with the model of the champion, for ``Scorer``.

    Raises:
        RegistryError: there is no champion, or its files are gone.
    """
    store = prepare_store(workspace, settings)
    return weights_folder(workspace, store, champion(store, settings.register_.model))


def weights_folder(workspace: Workspace, store: Store, version: Version) -> Path:
    """A local folder with the weights of ``version``; see ``version_folder``."""
    return version_folder(workspace, store, version) / "artifacts" / WEIGHTS


def version_folder(workspace: Workspace, store: Store, version: Version) -> Path:
    """A local folder with the MLflow model of ``version``: where it lies, or fetched once from the server.

    Raises:
        RegistryError: the files are gone.
    """
    from mlflow.artifacts import download_artifacts

    with explained(f"find the files of {version}"):
        location = store.client.get_logged_model(version.model_id).artifact_location
    if location.startswith(("/", "file:")):
        folder = Path(location.removeprefix("file://"))
    else:
        fetched = workspace.tracking / "fetched" / version.model_id
        if not fetched.is_dir():
            with explained(f"fetch {version}"), written_whole(fetched) as draft:
                download_artifacts(artifact_uri=location, dst_path=str(draft), tracking_uri=store.uri)
        folder = fetched / location.rstrip("/").rpartition("/")[2]
    if not (folder / "MLmodel").is_file():
        raise RegistryError(
            f"the files of {version} are not in {folder}", remedy="Register it again: dvc repro --force register"
        )
    return folder


def _aliases(store: Store, name: str) -> dict[str, str]:
    """Alias → version number; empty if no model has that name."""
    from mlflow.exceptions import MlflowException

    try:
        return dict(store.client.get_registered_model(name).aliases)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise RegistryError(f"MLflow could not read the model {name}: {error}") from error


def _version(found: "ModelVersion", aliases: Mapping[str, str]) -> Version:
    number = int(found.version)
    return Version(
        found.name,
        number,
        found.model_id or (found.source or "").removeprefix("models:/"),  # the SQL store leaves the first empty
        found.run_id or "",
        found.creation_timestamp,
        tuple(sorted(alias for alias, carrier in aliases.items() if int(carrier) == number)),
        dict(found.tags),
    )
