"""``mgiqa verify``: what was recorded, held against the disk; asked in full before a promotion."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from mgiqa.errors import IntegrityError, few
from mgiqa.integrity.outputs import cached, files_of, locked_outputs
from mgiqa.integrity.reading import compare_contents
from mgiqa.integrity.record import Damage, Examined, Expected, Findings, Looked
from mgiqa.integrity.repository import repository
from mgiqa.integrity.versions import database_faults, files_of_versions
from mgiqa.registry.locations import DATABASE
from mgiqa.registry.models import Version, versions
from mgiqa.registry.recorded import verify_version
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

if TYPE_CHECKING:
    from dvc.repo import Repo

_REMEDY = "`mgiqa verify --content` lists all of it, and how to bring it back."


def verify_workspace(workspace: Workspace, settings: Settings, *, content: bool = False) -> Findings:
    """Holds outputs, DVC's cache and registered versions to the hashes that were recorded of them.

    Args:
        workspace: whose ``dvc.lock``, cache and registry they are.
        settings: tell the registry and the name of the model.
        content: whether to read every byte; otherwise a file that was read before and has the same size, time and inode
            counts as it was.

    Raises:
        IntegrityError: ``dvc.lock`` cannot be read.
        RegistryError: the registry cannot be opened.
        MissingExtra: there is a ``dvc.lock``, and DVC is not installed.
    """
    with _recorded(workspace) as repo:
        looked = _look_at_outputs(workspace, repo, content) if repo else {}
        looked["registry"] = _look_at_registry(workspace, settings, repo, content)
    return Findings(looked)


def require_sound(workspace: Workspace, settings: Settings, store: Store, needed: Sequence[Version]) -> None:
    """Reads every byte of some versions, of the outputs and of DVC's cache.

    Raises:
        RegistryError: the files of a version are gone.
        IntegrityError: something is not as it was recorded; up to three things are named.
    """
    for version in needed:
        verify_version(workspace, store, version)
    with _recorded(workspace) as repo:
        looked = _look_at_outputs(workspace, repo, content=True) if repo else {}
    damaged = () if settings.tracking.uri else database_faults(workspace)
    if faults := [str(fault) for fault in (*Findings(looked).faults, *damaged)]:
        raise IntegrityError(f"nothing is promoted while recorded bytes have changed: {few(faults)}", remedy=_REMEDY)


def _recorded(workspace: Workspace) -> "AbstractContextManager[Repo | None]":
    """DVC's view of the workspace; None where nothing is recorded."""
    return repository(workspace) if (workspace.root / "dvc.lock").is_file() else nullcontext()


def _look_at_outputs(workspace: Workspace, repo: "Repo", content: bool) -> dict[Examined, Looked]:
    outputs = locked_outputs(workspace.root)
    here = [output for output in outputs if (workspace.root / output.path).exists()]
    notes = [f"{output.path} is not here" for output in outputs if output not in here]
    files, faults = list[Expected](), list[Damage]()
    for output in here:
        expected, wrong = files_of(output, repo)
        files += expected
        faults += wrong
    objects = list(cached(repo, outputs))
    faults += compare_contents([*files, *objects], repo.state, content=content)
    return {
        "data": _looked(files, notes, [fault for fault in faults if fault.place == "data"]),
        "cache": _looked(objects, [], [fault for fault in faults if fault.place == "cache"]),
    }


def _look_at_registry(workspace: Workspace, settings: Settings, repo: "Repo | None", content: bool) -> Looked:
    if not settings.tracking.uri:
        if not (workspace.tracking / DATABASE).is_file():
            return Looked(notes=("there is none yet",))
        damaged = list(database_faults(workspace))
        if damaged:
            return _looked([], ["the versions, since their list is damaged"], damaged)
    store = prepare_store(workspace, settings)
    files, notes, faults = files_of_versions(workspace, store, versions(store, settings.register_.model))
    faults += compare_contents(files, repo.state if repo else None, content=content)
    return _looked(files, notes, faults)


def _looked(files: Sequence[Expected], notes: Sequence[str], faults: Sequence[Damage]) -> Looked:
    size = sum(one.path.stat().st_size for one in files if one.path.is_file())
    return Looked(len(files), size, tuple(notes), tuple(faults))
