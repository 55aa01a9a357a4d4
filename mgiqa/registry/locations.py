"""Where the files of a local store lie. MLflow keeps that as absolute addresses in its database, so a checkout that was
moved or copied finds its own files only once they are put right.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mgiqa.errors import Busy, RegistryError

_LOG = logging.getLogger(__name__)

DATABASE, ARTIFACTS = "mlflow.db", "artifacts"
"""The database and the folder of the artifacts, inside the tracking folder."""
ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
    ("model_versions", "source"),
    ("trace_tags", "value"),
)
"""Tables and columns of MLflow's database that may hold an address of a file."""
PATIENCE = 60.0
"""Seconds to wait for another process that opens the store or writes to its database."""
BACK = "Free it, or bring it back from a copy of the checkout; runs and models are listed in it alone."


def local_path(address: str) -> Path | None:
    """The path of a local address (``file:`` or a bare path); None for one of a server or a bucket."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return Path(address) if address.startswith("/") else None


def same_store(one: Path, other: Path) -> bool:
    """Whether two tracking folders are one, perhaps reached by two names (a link, a mount)."""
    files = [folder / DATABASE for folder in (one, other)]
    return one == other or (all(file.exists() for file in files) and files[0].samefile(files[1]))


def release_mark(tracking: Path) -> str:
    """Changes whenever an alias moves, or a promotion or roll-back is recorded; empty where no registry can be read.

    Read from the database itself, which takes a thousandth of what loading MLflow does.
    """
    digest = hashlib.sha256()
    try:
        with closing(sqlite3.connect(f"{(tracking / DATABASE).as_uri()}?mode=ro", uri=True)) as connection:
            for table in ("registered_model_aliases", "registered_model_tags"):
                digest.update(repr(sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)).encode())
    except sqlite3.Error:
        return ""
    return digest.hexdigest()


def put_right(tracking: Path) -> None:
    """Makes every address in the database of ``tracking`` lead into that folder, if it was made elsewhere.

    All of them change, or none. A folder that is only reached by another name, through a link or a mount, stays as it
    is. The database must not be in use by a process that knows it by another name.

    Raises:
        RegistryError: the database cannot be read or written.
    """
    database = tracking / DATABASE
    if not database.stat().st_size and any((tracking / ARTIFACTS).glob("*")):
        raise RegistryError(f"the MLflow database {database} is empty, and its files are not", remedy=BACK)
    try:
        with closing(sqlite3.connect(database, timeout=PATIENCE, isolation_level=None)) as connection:
            left = [home for home in _homes(connection, tracking) if not same_store(home / tracking.name, tracking)]
            if left:
                connection.execute("BEGIN IMMEDIATE")
                for home in left:
                    _replace(connection, home, tracking.parent)
                connection.execute("COMMIT")
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise Busy(
                f"the MLflow database {database} is locked by another process", remedy="Run it again."
            ) from error
        raise RegistryError(f"the MLflow database {database} cannot be used ({error})", remedy=BACK) from error
    for home in left:
        _LOG.warning("The registry was made in %s; its addresses now lead to %s.", home, tracking.parent)


def _homes(connection: sqlite3.Connection, tracking: Path) -> list[Path]:
    """The checkouts, other than that of ``tracking``, in whose tracking folder an experiment keeps its artifacts."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    if ("experiments",) not in tables.fetchall():
        return []
    paths = [local_path(row[0] or "") for row in connection.execute("SELECT artifact_location FROM experiments")]
    ours = [path.parent for path in paths if path and path.parts[-2:] == (tracking.name, ARTIFACTS)]
    return sorted({folder.parent for folder in ours if folder != tracking})


def _replace(connection: sqlite3.Connection, old: Path, new: Path) -> None:
    present = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, column in ADDRESSES:
        if table in present:
            for before, after in _beginnings(old, new):
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                    (after, len(before) + 1, len(before), before),
                )


def _beginnings(old: Path, new: Path) -> Iterator[tuple[str, str]]:
    yield f"{old.as_uri()}/", f"{new.as_uri()}/"
    yield f"{old}/", f"{new}/"
