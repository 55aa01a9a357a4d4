"""Reading files that somebody else has named: regular ones alone, below their root, and never more than a bound."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mgiqa.errors import ImageError

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
_OPENED = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""A pipe without a writer is opened at once, and then refused."""
_SAID = {
    errno.ENOENT: ("is not there", "Check the path."),
    errno.ENOTDIR: ("is not there", "Check the path."),
    errno.ENAMETOOLONG: ("is not there", "Check the path."),
    errno.ELOOP: ("is a link that leads nowhere", "Name the file itself."),
    errno.EACCES: ("may not be read by this user", "Give it the permission to."),
    errno.EPERM: ("may not be read by this user", "Give it the permission to."),
}


@contextmanager
def open_regular(path: Path, *, name: str = "", root: Path | None = None) -> Iterator[BinaryIO]:
    """Opens a file that is no folder, pipe, socket or device.

    Args:
        path: the file; a link to one will do.
        name: what to call it in a message; the path by default.
        root: where the file must really lie, links followed. It is asked of the open file, so that nobody can put
            another one in its place between the question and the reading.

    Raises:
        ImageError: it cannot be opened, is no regular file, or lies elsewhere.
    """
    name = name or str(path)
    try:
        _check_kind(path.stat(), name)  # to open a device may already do something
        descriptor = os.open(path, _OPENED)
    except (OSError, ValueError) as error:
        raise _refusal(path, name, error) from error
    with os.fdopen(descriptor, "rb") as file:
        _check_kind(os.fstat(descriptor), name)
        if root and not Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(root.resolve()):
            raise ImageError(f"{name} is a link to a file outside its folder", remedy="Put the file itself there.")
        yield file


def read_regular(path: Path, most: int, *, name: str = "", root: Path | None = None) -> bytes:
    """The content of a file, see ``open_regular``; at most so many bytes, whatever the system says of its size.

    Raises:
        ImageError: it cannot be read, or is larger.
    """
    name = name or str(path)
    try:
        with open_regular(path, name=name, root=root) as file:
            size = os.fstat(file.fileno()).st_size
            content = file.read(most + 1) if size <= most else b""
    except OSError as error:
        raise _refusal(path, name, error) from error
    check_size(max(size, len(content)), most, name)
    return content


def is_file(path: Path) -> bool:
    """Whether there is a file of that name; no file has one that is too long for a name."""
    try:
        return path.is_file()
    except OSError:
        return False


def check_size(size: int, most: int, name: str) -> None:
    """Raises ImageError for a file of more bytes than ``most``."""
    if size > most:
        raise ImageError(f"{name} has more than {most:,} bytes", remedy="Save it smaller.")


def _check_kind(status: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ImageError(f"{name} is a folder", remedy="Name a file.")
    if not stat.S_ISREG(status.st_mode):
        raise ImageError(f"{name} is a pipe, a socket or a device", remedy="Name a regular file.")


def _refusal(path: Path, name: str, error: OSError | ValueError) -> ImageError:
    """One fixed sentence per kind of failure; a name with a null in it, or that cannot be encoded, is no file's."""
    code = error.errno if isinstance(error, OSError) else errno.ENOENT
    if code == errno.ENOENT and _ADDRESS.match(str(path)):
        return ImageError(f"{name} is an address, and nothing is fetched", remedy="Download it and name the file.")
    said, remedy = _SAID.get(code or 0, ("cannot be read", "Check the disk it lies on, and its permissions."))
    return ImageError(f"{name} {said}", remedy=remedy)
