"""Unpacking a zip or tar from outside, so that nothing lands elsewhere and nothing swells without limit."""

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from mgiqa.errors import SourceError
from mgiqa.progress import progress_bar

_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
MAX_RATIO = 200
"""Unpacked size over packed size. Images hardly shrink; text does by 10 to 30."""
_PLAIN = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How members of a zip may be packed. The others are unpacked a block at a time, whatever that swells to."""
_COMPRESSIONS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
_CHUNK = 1 << 20
_FLOOR = 16 << 20
"""Bytes that even the smallest archive may unpack to, and a header of a tar may have."""
_REMEDY = "Check where it comes from; if it is right, unpack it yourself and name the folder."
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, EOFError, zlib.error, OSError, NotImplementedError)


@dataclass(frozen=True)
class UnpackLimits:
    """What an archive may hold.

    Attributes:
        size: bytes after unpacking.
        files: number of members.
    """

    size: int = 500_000_000_000
    files: int = 5_000_000


@dataclass(frozen=True)
class _Member:
    name: str
    plain: bool
    folder: bool
    size: int
    opened: "Opener"


class Opener:
    """Opens one member of an archive for reading."""

    def __init__(self, archive: zipfile.ZipFile | tarfile.TarFile, entry: zipfile.ZipInfo | tarfile.TarInfo) -> None:
        self.archive, self.entry = archive, entry

    def __call__(self) -> IO[bytes]:
        if isinstance(self.archive, zipfile.ZipFile):
            return self.archive.open(self.entry)  # type: ignore[arg-type]
        stream = self.archive.extractfile(self.entry)  # type: ignore[arg-type]
        if stream is None:
            raise SourceError(f"{self.entry.name} in the archive is no file")  # type: ignore[union-attr]
        return stream


class Narrow:
    """A stream that is read in bounded pieces: the headers of a tar say how long they are, and are believed."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.stream, self.name = stream, name
        self.seek, self.tell, self.close = stream.seek, stream.tell, stream.close

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer at the end.

        Raises:
            SourceError: it is more than any header has.
        """
        if not 0 <= size <= _FLOOR:
            raise SourceError(f"{self.name} has a header of {size:,} bytes, like a bomb", remedy=_REMEDY)
        return self.stream.read(size)


def is_archive(name: str) -> bool:
    """Whether the name of a file or address is that of an archive which can be unpacked."""
    return name.lower().endswith(_SUFFIXES)


def unpack(archive: Path, folder: Path, limits: UnpackLimits | None = None) -> None:
    """Unpacks ``archive`` into ``folder``.

    Raises:
        SourceError: it is damaged or encrypted; or it holds an absolute path, a path with ``..``, a link, a device or
            two members of one name; or it unpacks to more than the limits or ``MAX_RATIO`` times its own size; or it is
            packed in a way whose size cannot be bounded (LZMA or bzip2 inside a zip).
    """
    limits = limits or UnpackLimits()
    allowed = min(limits.size, max(_FLOOR, MAX_RATIO * archive.stat().st_size))
    try:
        with _open(archive) as opened, progress_bar(f"unpacking {archive.name}", _count(opened)) as shown:
            for count, member in enumerate(_members(opened), 1):
                if count > limits.files:
                    raise SourceError(f"{archive.name} holds more than {limits.files:,} files")
                allowed = _unpack_one(archive, member, folder, allowed)
                shown.at(count)
    except _BROKEN as error:
        raise SourceError(f"{archive.name} cannot be unpacked: {error}", remedy="Download it again.") from error
    except RuntimeError as error:
        raise SourceError(f"{archive.name} is encrypted: {error}", remedy="Unpack it yourself.") from error


@contextmanager
def _open(archive: Path) -> Iterator[zipfile.ZipFile | tarfile.TarFile]:
    if archive.suffix.lower() == ".zip":
        with zipfile.ZipFile(archive) as opened:
            yield opened
        return
    with archive.open("rb") as file:
        start = file.read(6)
    unpacked = next((way for magic, way in _COMPRESSIONS.items() if start.startswith(magic)), open)
    with unpacked(archive, "rb") as stream:
        narrow: Any = Narrow(stream, archive.name)
        with tarfile.open(fileobj=narrow, mode="r:") as tar:
            yield tar


def _count(archive: zipfile.ZipFile | tarfile.TarFile) -> int | None:
    """Number of members; a tar tells it only at its end."""
    return len(archive.infolist()) if isinstance(archive, zipfile.ZipFile) else None


def _members(archive: zipfile.ZipFile | tarfile.TarFile) -> Iterator[_Member]:
    if isinstance(archive, zipfile.ZipFile):
        for info in archive.infolist():
            if info.compress_type not in _PLAIN:
                raise SourceError(
                    f"{info.filename!r} in the archive is packed by method {info.compress_type}, which is not unpacked",
                    remedy="Unpack it yourself and name the folder.",
                )
            kind = stat.S_IFMT(info.external_attr >> 16)
            plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
            yield _Member(info.filename, plain, info.is_dir(), info.file_size, Opener(archive, info))
    else:
        for entry in archive:
            yield _Member(
                entry.name, entry.isfile() or entry.isdir(), entry.isdir(), entry.size, Opener(archive, entry)
            )


def _unpack_one(archive: Path, member: _Member, folder: Path, allowed: int) -> int:
    """Writes one member and returns how many more bytes may be written. What is declared is not believed."""
    target = folder / _safe(archive, member)
    if member.folder:
        target.mkdir(parents=True, exist_ok=True)
        return allowed
    target.parent.mkdir(parents=True, exist_ok=True)
    with member.opened() as content, target.open("xb") as file:
        while chunk := content.read(_CHUNK):
            allowed -= len(chunk)
            if allowed < 0:
                raise SourceError(
                    f"{archive.name} unpacks to far more than its own size (at {member.name}), like a bomb",
                    remedy=_REMEDY,
                )
            file.write(chunk)
    return allowed


def _safe(archive: Path, member: _Member) -> PurePosixPath:
    path = PurePosixPath(member.name.replace("\\", "/"))
    outside = path.is_absolute() or ".." in path.parts or ":" in path.parts[0] if path.parts else True
    if outside or not member.plain:
        what = "a path that leads outside" if outside else "a link or device"
        raise SourceError(
            f"{archive.name} holds {what}: {member.name!r}; nothing of it was used",
            remedy="Check where it comes from.",
        )
    return path
