"""Which file on disk a label means: never outside the dataset's folder, and whatever the case of its letters."""

from functools import cache
from pathlib import Path, PurePosixPath

from mgiqa.errors import LabelError
from mgiqa.images.regular import is_file


def verify_inside(root: Path, path: Path) -> None:
    """Makes sure that a file below ``root`` is really there, and no link to somewhere else.

    Raises:
        LabelError: a link on the way to it leads outside.
    """
    actual = path.resolve()
    if not actual.is_relative_to(root.resolve()):
        raise LabelError(
            f"{path.relative_to(root)} in {root} is reached by a link to {actual}, which is outside the dataset",
            remedy="Put the file itself there, or name the folder that it is in as the source.",
        )


class Locator:
    """Finds files below one folder.

    Attributes:
        root: the folder.
        respelled: how many were found under another case (``.JPG`` for ``.jpg``), as some datasets have it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.respelled = 0
        self._listing = cache(self._list)

    def find(self, candidates: tuple[str, ...]) -> str | None:
        """The first candidate that exists, spelled as on disk; ``None`` if none does.

        Raises:
            LabelError: a candidate leads outside the folder, by its name or by a link.
        """
        for candidate in candidates:
            path = PurePosixPath(candidate.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts:
                raise LabelError(
                    f"the labels name {candidate!r}, which leads outside the dataset",
                    remedy="Use the official label file, unchanged.",
                )
            if is_file(self.root / path):  # a cell of a table may hold anything
                verify_inside(self.root, self.root / path)
                return path.as_posix()
        return next((file for candidate in candidates if (file := self._other_case(candidate))), None)

    def _other_case(self, candidate: str) -> str | None:
        """The only file that differs from ``candidate`` in nothing but case."""
        folder = PurePosixPath()
        for part in PurePosixPath(candidate.replace("\\", "/")).parts:
            names = self._listing(folder).get(part.lower(), [])
            chosen = part if part in names else names[0] if len(names) == 1 else None
            if chosen is None:
                return None
            folder /= chosen
        if not (self.root / folder).is_file():
            return None
        verify_inside(self.root, self.root / folder)
        self.respelled += 1
        return folder.as_posix()

    def _list(self, folder: PurePosixPath) -> dict[str, list[str]]:
        path = self.root / folder
        names: dict[str, list[str]] = {}
        for entry in sorted(path.iterdir()) if path.is_dir() else ():
            names.setdefault(entry.name.lower(), []).append(entry.name)
        return names
