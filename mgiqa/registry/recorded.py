"""What every file of a registered version must be: digests that the registry keeps, apart from the files.

The folder of a version lists its files in ``SHA256SUMS``, and the tag ``files`` of the version holds the digest of that
list. What is kept with a version later has a tag of its own, ``sha256.<name>``. The tag ``digest`` holds that of the
model, which is also the digest of the list beside its weights.
"""

from collections.abc import Iterator
from pathlib import Path

from mgiqa.errors import IntegrityError, RegistryError
from mgiqa.models.digest import SUMS, file_digest, read_sums
from mgiqa.registry.locations import local_path
from mgiqa.registry.models import Version, fetched_folder, version_folder, weights_folder
from mgiqa.registry.store import Store, mlflow_errors
from mgiqa.workspace import Workspace

FILES, KEPT = "files", "sha256."
EVALUATION_FOLDER = "evaluation"
"""Where the tables that are kept with a version lie, inside its folder."""


def listed_weights(workspace: Workspace, store: Store, version: Version) -> Path:
    """The folder with the weights of ``version``, after a look at which model it says it is.

    Loading it then compares every byte with what it says (``mgiqa.models.load``).

    Raises:
        RegistryError: the files are gone.
        IntegrityError: it is another model than was registered, or does not say which it is.
    """
    weights = weights_folder(workspace, store, version)
    if not (weights / SUMS).is_file() or file_digest(weights / SUMS) != version.digest:
        raise IntegrityError(
            f"the model in {weights} is not the one that was registered as {version}", remedy=away(version)
        )
    return weights


def recorded(workspace: Workspace, store: Store, version: Version) -> Iterator[tuple[Path, str]]:
    """Every file of a version that lies on this machine, with the SHA-256 that the registry has of it.

    Raises:
        RegistryError: the files are gone.
        IntegrityError: the version was registered before this was recorded.
    """
    folder = version_folder(workspace, store, version)
    if FILES not in version.tags:
        raise IntegrityError(f"{version} was registered before its files were listed", remedy=away(version))
    yield folder / SUMS, version.tags[FILES]
    if (folder / SUMS).is_file() and file_digest(folder / SUMS) == version.tags[FILES]:
        yield from ((folder / name, digest) for name, digest in read_sums(folder).items())
    if _location(store, version) is not None:
        tags = ((tag.removeprefix(KEPT), value) for tag, value in sorted(version.tags.items()) if tag.startswith(KEPT))
        yield from ((folder / EVALUATION_FOLDER / name, digest) for name, digest in tags)


def verify_version(workspace: Workspace, store: Store, version: Version) -> None:
    """Reads every file of a version.

    Raises:
        RegistryError: the files are gone.
        IntegrityError: one is missing or has other bytes, or none were recorded.
    """
    for path, digest in recorded(workspace, store, version):
        if not path.is_file() or file_digest(path) != digest:
            state = "has other bytes than then" if path.is_file() else "is missing"
            raise IntegrityError(f"{path}, registered with {version}, {state}", remedy=away(version))


def is_whole(workspace: Workspace, store: Store, version: Version) -> bool:
    """Whether every file of a version is there and as it was registered."""
    try:
        verify_version(workspace, store, version)
    except (RegistryError, IntegrityError):
        return False
    return True


def away(version: Version) -> str:
    """What to do about a version that cannot be trusted."""
    return (
        f"Register the model again (dvc repro --force --single-item register, at its commit), or go back to another "
        f"version with `mgiqa rollback`; never use {version} as it is."
    )


def lies_here(workspace: Workspace, store: Store, version: Version) -> bool:
    """Whether the files of a version are on this machine: kept here, or fetched once."""
    return _location(store, version) is not None or fetched_folder(workspace, version).is_dir()


def _location(store: Store, version: Version) -> Path | None:
    with mlflow_errors(f"find the files of {version}"):
        return local_path(store.client.get_logged_model(version.model_id).artifact_location)
