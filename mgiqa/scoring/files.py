"""Scores files and folders of images: what cannot be read is named, and the rest is scored all the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from mgiqa.errors import ImageError, printable
from mgiqa.images.bounds import SUFFIXES
from mgiqa.images.opening import open_image
from mgiqa.images.resizing import Resizing
from mgiqa.scoring.scorer import Score, Scorer


@dataclass(frozen=True)
class File:
    """A file to score.

    Attributes:
        path: as it was given, or found.
        root: the folder that it was found in and must lie in, links followed; None if it was named itself.
    """

    path: Path
    root: Path | None = None

    @property
    def name(self) -> str:
        """The path in marks that can be printed."""
        return printable(str(self.path))


@dataclass(frozen=True)
class Scored:
    """What became of one file.

    Attributes:
        file: the file.
        score: what the model says.
    """

    file: File
    score: Score

    @property
    def fault(self) -> str:
        """Why there is no score, in one sentence; empty if there is one."""
        if self.score.fault or self.score.readable:
            return self.score.fault
        return f"The model's answer cannot be read: {self.score.failures[0].failure}."

    @property
    def record(self) -> dict[str, object]:
        """For JSON; what is not known is null."""
        score = self.score
        return {
            "path": self.file.name,
            "scores": dict(score.mean) if score.readable else None,
            "spread": dict(score.spread) if len(score.readable) > 1 else None,
            "reasoning": dict(score.reasoning) if score.readable else None,
            "answers": len(score.answers),
            "failures": [answer.failure for answer in score.failures],
            "fault": self.fault or None,
        }


def image_files(paths: Iterable[Path]) -> list[File]:
    """Files as they are, and in place of each folder the images below it, by name; a folder without one stays."""
    files: list[File] = []
    for path in paths:
        below = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and not file.is_dir())
        files += [File(file, path) for file in below] if path.is_dir() and below else [File(path)]
    return files


def score_files(scorer: Scorer, files: list[File], answers: int = 1, seed: int = 0) -> Iterator[Scored]:
    """Scores each file, and yields it in order; a few of them are held in memory, whatever their number and size."""
    scores = scorer.stream(files, answers, seed=seed, look=partial(_open, resizing=scorer.resizing))
    return (Scored(file, score) for file, score in zip(files, scores, strict=True))


def _open(file: File, resizing: Resizing | None) -> Image.Image:
    if file.path.is_dir():
        raise ImageError(f"{file.name} holds no image", remedy="Name a file, or a folder with images.")
    return open_image(file.path, name=file.name, root=file.root, resizing=resizing)
