"""Taking a dataset in: every file that its labels name is found, copied, hashed and measured; the rest stays behind.

Files stream through all cores in small pieces. A journal says what is done, so that a run that was killed goes on where
it was.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from mgiqa.datasets.read.labels import Labels
from mgiqa.datasets.read.locate import Locator
from mgiqa.errors import ImageError, SourceError
from mgiqa.images.bounds import MAX_BYTES
from mgiqa.images.opening import image_size
from mgiqa.images.regular import open_regular, read_regular
from mgiqa.parallel import in_parallel
from mgiqa.progress import watched

_CHUNK = 1 << 20
_HEADER = 1 << 18


@dataclass(frozen=True)
class IngestedFile:
    """One file that was taken in.

    Attributes:
        path: below the dataset's folder, as it is spelled there.
        stamp: size and time of change of the original, so that a changed one is taken again.
        sha256: of its content.
        width, height: upright, from its header; ``None`` where it has none.
    """

    path: str
    stamp: str
    sha256: str
    width: int | None
    height: int | None


class IngestJournal:
    """What is done, one line per file; a torn last line of a killed run is ignored."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done = {taken.path: taken for taken in self._read()}

    def _read(self) -> Iterator[IngestedFile]:
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines(keepends=True):
                if line.endswith("\n"):
                    yield IngestedFile(**json.loads(line))

    def add(self, taken: IngestedFile) -> None:
        """Writes one line, unless it is there."""
        if self.done.get(taken.path) != taken:
            self.done[taken.path] = taken
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(taken)) + "\n")


def measure_file(root: Path, path: str) -> IngestedFile | None:
    """Looks at a file where it lies: its hash and size; ``None`` where it cannot be read."""
    try:
        with open_regular(root / path, root=root) as file:
            return _taken(root, path, *_read(file, len))
    except ImageError:
        return None


def ingest_files(
    labels: Labels, folder: Path, journal: IngestJournal, *, link: bool, workers: int = 0
) -> list[IngestedFile | None]:
    """Brings the label files and every image they name into ``folder``, under their official paths.

    Args:
        labels: what the label files say.
        folder: where to.
        journal: what an earlier run has done.
        link: link files instead of copying them; only where the original is ours and on the same disk.
        workers: threads; 0 takes all cores.

    Returns:
        One entry per label, in order; ``None`` where no image was found, or none that can be read.

    Raises:
        SourceError: not a single image was found.
    """
    locator = Locator(labels.root)
    paths = [locator.find(images) for images in labels.table["images"]]
    if not any(paths):
        raise SourceError(
            f"none of the {len(paths)} images that {labels.files[0].name if labels.files else 'the labels'} names "
            f"is in {labels.root} (looked for {next(chain.from_iterable(labels.table['images']), 'no name at all')})",
            remedy="Name the folder that the official download was unpacked into.",
        )
    for file in labels.files:
        _copy(file, folder / file.relative_to(labels.root), labels.root)
    jobs = list(dict.fromkeys(path for path in paths if path))
    results = in_parallel(lambda path: _take(labels.root, path, folder, journal, link), jobs, workers)
    taken: dict[str | None, IngestedFile] = {}
    for result in watched(results, f"ingest {labels.table['dataset'].iloc[0]}: taking in files", len(jobs)):
        if result:
            journal.add(result)
            taken[result.path] = result
    return [taken.get(path) for path in paths]


def _take(root: Path, path: str, folder: Path, journal: IngestJournal, link: bool) -> IngestedFile | None:
    source, target = root / path, folder / path
    before = journal.done.get(path)
    if before and before.stamp == _stamp(source) and target.is_file():
        return before
    try:
        digest, head = _link(source, target) if link else _copy(source, target, root)
        return _taken(root, path, digest, head)
    except ImageError:
        return None


def _stamp(file: Path) -> str:
    status = file.stat()
    return f"{status.st_size}-{status.st_mtime_ns}"


def _taken(root: Path, path: str, digest: str, head: bytes) -> IngestedFile:
    """The size comes from the first bytes, and from the whole file only where these do not hold it."""
    file = root / path
    width, height = image_size(head) or _size_of_whole(file) or (None, None)
    return IngestedFile(path, _stamp(file), digest, width, height)


def _size_of_whole(file: Path) -> tuple[int, int] | None:
    try:
        return image_size(read_regular(file, MAX_BYTES))
    except ImageError:  # it is too large, and validation will say so
        return None


def _copy(source: Path, target: Path, root: Path) -> tuple[str, bytes]:
    """Copies whole or not at all; returns the SHA-256 and the first bytes."""
    with open_regular(source, root=root) as original:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        with part.open("wb") as file:
            digest, head = _read(original, file.write)
    part.replace(target)
    return digest, head


def _link(source: Path, target: Path) -> tuple[str, bytes]:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    os.link(source, target)
    with source.open("rb") as file:
        return _read(file, len)


def _read(file: BinaryIO, use: Callable[[bytes], object]) -> tuple[str, bytes]:
    """Passes a file to ``use`` piece by piece; returns its SHA-256 and first bytes."""
    digest, head = hashlib.sha256(), b""
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        head = head or chunk[:_HEADER]
        use(chunk)
    return digest.hexdigest(), head


def settle(files: Path, folder: Path) -> None:
    """Moves everything in ``files`` into ``folder``."""
    for path in files.iterdir():
        shutil.move(path, folder / path.name)
