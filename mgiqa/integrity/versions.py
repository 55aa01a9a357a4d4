"""The registered versions, file by file, and the database that lists them."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing

from mgiqa.errors import IntegrityError, RegistryError
from mgiqa.integrity.record import Damage, Expected
from mgiqa.registry.locations import DATABASE
from mgiqa.registry.models import Version
from mgiqa.registry.recorded import FILES, lies_here, recorded
from mgiqa.registry.store import Store
from mgiqa.workspace import Workspace


def files_of_versions(
    workspace: Workspace, store: Store, versions: Sequence[Version]
) -> tuple[list[Expected], list[str], list[Damage]]:
    """The files of versions with their hashes, what could not be looked at, and what is lost."""
    files: list[Expected] = []
    notes, faults = [], []
    for version in versions:
        if FILES not in version.tags:
            notes.append(f"{version} was registered before its files were listed")
        elif not lies_here(workspace, store, version):
            notes.append(f"the files of {version} lie on the server and are looked at once they are fetched")
        else:
            try:
                digests = recorded(workspace, store, version)
                files += [Expected("registry", path, "sha256", digest, str(version)) for path, digest in digests]
            except (RegistryError, IntegrityError) as error:
                faults.append(Damage("registry", str(version), f"cannot be looked at: {error}"))
    return files, notes, faults


def database_faults(workspace: Workspace) -> Iterator[Damage]:
    """What SQLite finds wrong with the local database, as far as its structure tells."""
    path = workspace.tracking / DATABASE
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        yield Damage("registry", str(path), f"is damaged: {said.strip().splitlines()[-1]}")
