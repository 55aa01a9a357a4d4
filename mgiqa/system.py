"""What the system does to a program, in one sentence each: full disks, missing rights, locked and damaged databases.

Such an error may come out of any library and in any of their forms, so it is recognized in one place, at the top: by
its number, or by the words that the libraries keep of it. Any other error is a fault of the program.
"""

import errno
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mgiqa.errors import Busy, DataError, MachineError, MGIQAError, NotPermitted, shown

DEBUG = "MGIQA_DEBUG"
"""Environment variable that asks for traces, also of the stages that ``dvc repro`` runs."""
BUG = 70
"""Exit status of a fault of the program."""
DAMAGED = -1
"""In place of a number of the system: a database that is none."""


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Attributes:
        what: the middle of a sentence, after the name of a file.
        remedy: what to do.
        error: what it is raised as.
    """

    what: str
    remedy: str
    error: type[MGIQAError] = MachineError


_SPACE = Kind("cannot be written: the disk is full", "Free some space and run it again; nothing finished is lost.")
_RIGHTS = Kind("may not be read or written", "Give this user the right to it, and run it again.", NotPermitted)
_MEMORY = Kind("needs more memory than there is", "Take smaller batches, or a machine with more memory.")
ERROR_KINDS = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: Kind("cannot be written: the quota of the disk is used up", _SPACE.remedy),
    errno.EFBIG: Kind("would be larger than a file may be", "Raise the limit (`ulimit -f`), or use another disk."),
    errno.EROFS: Kind("lies where nothing can be written", "Use a folder that is not read-only.", NotPermitted),
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.ENOMEM: _MEMORY,
    errno.EMFILE: Kind("cannot be opened: too many files are open", "Raise the limit (`ulimit -n`)."),
    errno.ENFILE: Kind("cannot be opened: too many files are open", "End other programs, and run it again."),
    errno.EIO: Kind("cannot be read or written to its end", "Look whether the disk is full or damaged."),
    errno.ENAMETOOLONG: Kind("has a name that is too long", "Choose a shorter one."),
    errno.ELOOP: Kind("is a link to itself", "Remove the link."),
    errno.ENOENT: Kind("is not there", "It may have been removed while it was needed; run it again."),
    errno.ENOTDIR: Kind("lies below what is no folder", "Give the name of a folder."),
    errno.EISDIR: Kind("is a folder, where a file was expected", "Give the name of a file."),
    errno.EEXIST: Kind("is there already", "Remove it, or give another name."),
    errno.EBUSY: Kind("is in use by another process", "Wait for its end, or end it; then run this again.", Busy),
    DAMAGED: Kind("is damaged", "Bring it back from a copy; `mgiqa verify` says what else is."),
}
_WORDS = (
    (r"No space left on device|disk is full|StorageFull|os error 28", errno.ENOSPC),
    (r"Disk quota exceeded|os error 122", errno.EDQUOT),
    (r"File too large|FileTooLarge|os error 27", errno.EFBIG),
    (r"Read-only file system|readonly database|ReadOnlyFilesystem|os error 30", errno.EROFS),
    (r"Permission denied|PermissionDenied|unable to open database file|os error 13", errno.EACCES),
    (r"Too many open files|os error 24", errno.EMFILE),
    (r"Input/output error|disk I/O error|\d requested and \d+ written", errno.EIO),
    (r"PytorchStreamWriter failed|inline_container.* unexpected pos", errno.EIO),
    (r"[Oo]ut of memory|an't allocate memory|Cannot allocate memory|not enough memory", errno.ENOMEM),
    (r"database (table |schema )?is locked", errno.EBUSY),
    (r"file is not a database|disk image is malformed|malformed database", DAMAGED),
)
"""What libraries keep of an error of the system, where they keep no number."""


def explanation(error: BaseException) -> MGIQAError | None:
    """The sentence for an error, if it is a refusal or the system's; None for a fault of the program."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MGIQAError):
            return cause
        if known := _of_system(cause):
            return known
        cause = cause.__cause__
    return None


@contextmanager
def one_sentence(debug: bool = False) -> Iterator[None]:
    """Ends the program, where the block raises, with one sentence and the exit status of its kind.

    Args:
        debug: show the trace as well; that of a fault of the program is always shown.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the top: whatever has come so far ends here
        fault = explanation(error)
        if debug or DEBUG in os.environ or fault is None:
            traceback.print_exc()
        name = type(error).__name__
        said = fault or f"this is a fault of the program ({name}). Report it with the trace above."
        sys.stderr.write(f"mgiqa: {said}\n")
        sys.exit(fault.exit_code if fault else BUG)


def _of_system(error: BaseException) -> MGIQAError | None:
    if isinstance(error, UnicodeError) and "surrogates not allowed" in str(error):
        name = shown(getattr(error, "object", ""))
        return DataError(f"the name {name} holds bytes that are no UTF-8", remedy="Rename the file.")
    number = _number(error)
    if number is None:
        return None
    kind = ERROR_KINDS[number]
    return kind.error(f"{_subject(error, number)} {kind.what}", remedy=kind.remedy)


def _number(error: BaseException) -> int | None:
    """A key of ``ERROR_KINDS``; None for what is no error of the system."""
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if isinstance(error, OSError) and error.errno in ERROR_KINDS:
        return error.errno
    text = str(error)
    return next((number for words, number in _WORDS if re.search(words, text)), None)


def _subject(error: BaseException, number: int) -> str:
    name = getattr(error, "filename", None)
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    if isinstance(name, str):
        return name
    return "a database" if re.search("database|sqlite", str(error)) else "this" if number == errno.ENOMEM else "a file"
