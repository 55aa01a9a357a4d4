"""The one place that knows where an artefact lies, and the one way to write a folder: whole or not at all."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from mgiqa.errors import MissingInput, SettingsError, StageBusy, StageError


@dataclass(frozen=True)
class Workspace:
    """Names of artefacts → paths, below the folder that holds ``params.yaml``.

    Attributes:
        root: the folder of ``params.yaml`` and ``dvc.yaml`` that stages run in.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Workspace":
        """The workspace of ``start`` (default: the current folder) or of the nearest folder above it.

        Raises:
            SettingsError: no folder upwards holds a ``params.yaml``.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "params.yaml").is_file():
                return cls(folder)
        raise SettingsError(
            f"no params.yaml in {here} or above it",
            remedy="Change to a checkout of the project, or name one with --root.",
        )

    @property
    def params(self) -> Path:
        return self.root / "params.yaml"

    @property
    def data(self) -> Path:
        return self.root / "data"

    def raw(self, dataset: str) -> Path:
        return self.data / "raw" / dataset

    def validated(self, dataset: str) -> Path:
        return self.data / "validated" / dataset

    @property
    def normalized(self) -> Path:
        return self.data / "normalized"

    @property
    def manifest(self) -> Path:
        return self.normalized / "manifest.parquet"

    def model(self, name: str) -> Path:
        """The folder of ``base``, ``warmup`` or ``policy``."""
        return self.data / "models" / name

    @property
    def evaluation(self) -> Path:
        return self.data / "evaluation"

    @property
    def report(self) -> Path:
        return self.data / "report"

    @property
    def registry(self) -> Path:
        return self.data / "registry"

    @property
    def home(self) -> Path:
        """The checkout that local state belongs to.

        ``dvc exp run --temp`` runs stages in a copy that is deleted afterwards and names the checkout in
        ``DVC_ROOT``; runs, models and checkpoints must outlive the copy.
        """
        return Path(os.environ.get("DVC_ROOT", self.root))

    @property
    def tracking(self) -> Path:
        """The folder of the local MLflow database and its artefacts."""
        return self.home / ".mlflow"

    @property
    def shrunk_images(self) -> Path:
        """Images at the size that models look at, for all runs; what is missing in the folder is made anew."""
        return self.home / ".work" / "images"

    def work(self, key: str) -> Path:
        """A scratch folder that survives a kill, for checkpoints; ``key`` is a hash of settings and inputs."""
        return self.home / ".work" / key

    def answers(self, key: str) -> Path:
        """The folder of a model's answers to a benchmark, which stays so that it need not be asked again."""
        return self.work(f"answers-{key}")

    @contextmanager
    def making(self, output: str) -> Iterator[Path]:
        """Yields an empty folder that becomes ``output``, below ``data/``: whole or not at all, and by one process.

        Raises:
            StageBusy: another process is making it.
            StageError: it does not lie below ``data/``, or a symbolic link leads elsewhere.
        """
        target = self._verify_own(self.data / output)
        with self.alone(target), written_whole(target) as draft:
            yield draft

    @contextmanager
    def alone(self, folder: Path) -> Iterator[None]:
        """Inside the block no other process makes ``folder``, an output or a work folder; a kill lets go of it too.

        Raises:
            StageBusy: another process does.
        """
        base = self.root if folder.is_relative_to(self.root) else self.home
        name = folder.relative_to(base).as_posix()
        path = base / "data" / ".locks" / name.removeprefix("data/").replace("/", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as lock:
            if not locked(lock):
                raise StageBusy(
                    f"another process is making {name}", remedy="Wait for its end, or end it; then run this again."
                )
            yield

    def _verify_own(self, target: Path) -> Path:
        """Returns ``target``, which must lie below ``data/`` as it is written and where the file system has it."""
        below = target.relative_to(self.root).parts if target.is_relative_to(self.root) else ("..",)
        if ".." in below or below[:1] != ("data",) or len(below) < 2:
            raise StageError(f"{target} does not lie in {self.data}", remedy="Nothing is written there; give a name.")
        for depth in range(1, len(below) + 1):
            part = self.root.joinpath(*below[:depth])
            if part.is_symlink():
                raise StageError(
                    f"{part.relative_to(self.root)} is a symbolic link to {part.readlink()}, and nothing is written "
                    "through it",
                    remedy="Put a folder in its place; mount a larger disk there, or give it to DVC's cache.",
                )
        return target

    def need(self, path: Path, stage: str) -> Path:
        """Returns ``path`` if it exists.

        Raises:
            MissingInput: it does not; the message names the stage that makes it.
        """
        if not path.exists():
            shown = path.relative_to(self.root) if path.is_relative_to(self.root) else path
            raise MissingInput(f"{shown} is not there", remedy=f"Make it with: dvc repro {stage}")
        return path


def locked(file: TextIO) -> bool:
    """Locks a file until it is closed; False if another process has locked it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """Yields an empty folder to write into, which becomes ``target`` only if the block ends without an error.

    Whoever fails or is killed leaves ``target`` as it was. What a killed one left behind, the next one removes, so two
    at once must be kept apart: see ``Workspace.alone``.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft, old = (target.with_name(f".{target.name}.{kind}") for kind in ("draft", "old.draft"))
    if old.exists() and not target.exists():  # killed between the two renames below
        old.rename(target)
    for leftover in (draft, old):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir()
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    if target.exists():
        target.rename(old)
    draft.rename(target)
    shutil.rmtree(old, ignore_errors=True)
