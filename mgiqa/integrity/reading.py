"""Reads files and compares them with their hashes: all of them, or only those whose size, time or inode has changed.

What was read before is remembered by DVC, in the state that ``dvc status`` rests on as well. A byte that has rotted
leaves size and time as they are, so a whole reading asks that memory nothing; where it finds a file to be another, it
corrects the memory, so that ``dvc status`` and ``dvc checkout`` see the change too.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING

from mgiqa.cores import usable_cores
from mgiqa.integrity.record import FOLDER_HASH, Damage, Expected
from mgiqa.models.digest import file_digest
from mgiqa.progress import progress_bar

if TYPE_CHECKING:
    from dvc_data.hashfile.state import StateBase


def compare_contents(expected: Sequence[Expected], state: "StateBase | None", *, content: bool) -> Iterator[Damage]:
    """Yields what is not as it was recorded.

    Args:
        expected: files with their hashes; several names of one file are read once.
        state: DVC's memory of hashes; without it everything is read.
        content: whether to read what has the size and time that it had.
    """
    there = [one for one in expected if one.path.is_file()]
    yield from (Damage(one.place, _named(one), "is missing") for one in expected if not one.path.is_file())
    known = {} if content or state is None else _remembered(there, state)
    unread = sorted((one for one in there if one not in known), key=_identity)
    read: dict[Expected, str] = {}
    with ThreadPoolExecutor(usable_cores()) as pool, progress_bar("verify: reading files", len(unread)) as shown:
        groups = [list(group) for _, group in groupby(unread, key=_identity)]
        values = pool.map(lambda group: file_digest(group[0].path, group[0].algorithm), groups)
        for group, value in zip(groups, values, strict=True):
            read |= dict.fromkeys(group, value)
            shown.by(len(group))
    if state is not None:
        _remember({one: value for one, value in read.items() if not content or value != one.value}, state)
    for one, value in (known | read).items():
        if one.value != value:
            yield Damage(one.place, _named(one), "has other bytes")


def _named(one: Expected) -> str:
    """What people know a file by."""
    return f"{one.path} ({one.name})" if one.name else str(one.path)


def _identity(one: Expected) -> tuple[int, int, str]:
    status = one.path.stat()
    return status.st_dev, status.st_ino, one.algorithm


def _remembered(files: Sequence[Expected], state: "StateBase") -> dict[Expected, str]:
    """What DVC knows of them by size, time and inode; it marks the MD5 of a folder's list by ``.dir``."""
    from dvc_objects.fs import localfs

    hashes = {path: value for path, _, value in state.get_many([str(one.path) for one in files], localfs, {}) if value}
    known = {one: hashes[str(one.path)] for one in files if str(one.path) in hashes}
    same = {one: value.value for one, value in known.items() if value.name == one.algorithm and value.value}
    return {one: value.removesuffix(FOLDER_HASH) for one, value in same.items()}


def _remember(read: Mapping[Expected, str], state: "StateBase") -> None:
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_objects.fs import localfs

    state.save_many([(str(one.path), HashInfo(one.algorithm, value), None) for one, value in read.items()], localfs)
