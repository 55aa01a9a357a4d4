"""Scores files and folders of images: what cannot be read is named, and the rest is scored all the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mgiqa.datasets.images import open_image
from mgiqa.errors import ImageError
from mgiqa.scoring.scorer import Score, Scorer

TOGETHER = 64
"""Images held in memory at once."""


@dataclass(frozen=True)
class Scored:
    """What became of one file.

    Attributes:
        path: the file.
        score: what the model says; None if the image could not be read.
        fault: why there is no score, in one sentence; empty if there is one.
    """

    path: Path
    score: Score | None
    fault: str

    @property
    def record(self) -> dict[str, object]:
        """For JSON; what is not known is null."""
        score = self.score or Score((), ())
        return {
            "path": str(self.path),
            "scores": dict(score.mean) if score.readable else None,
            "spread": dict(score.spread) if len(score.readable) > 1 else None,
            "reasoning": dict(score.reasoning) if score.readable else None,
            "answers": len(score.answers),
            "failures": [failure.reason for failure in score.failures],
            "fault": self.fault or None,
        }


def image_files(paths: Iterable[Path]) -> list[Path]:
    """Files as they are, and in place of each folder the images below it, by name; a folder without one stays."""
    known = {suffix for suffix, form in Image.registered_extensions().items() if form in Image.OPEN}
    found: list[Path] = []
    for path in paths:
        below = sorted(file for file in path.rglob("*") if file.suffix.lower() in known and file.is_file())
        found += below if path.is_dir() and below else [path]
    return found


def score_files(scorer: Scorer, files: list[Path], answers: int = 1, seed: int = 0) -> Iterator[Scored]:
    """Scores each file, and yields it in order."""
    for start in range(0, len(files), TOGETHER):
        opened = {index: _open(path) for index, path in enumerate(files[start : start + TOGETHER])}
        images = {index: image for index, image in opened.items() if isinstance(image, Image.Image)}
        scores = dict(zip(images, scorer.score(list(images.values()), answers, seed=seed), strict=True))
        for index, image in opened.items():
            score = scores.get(index)
            yield Scored(files[start + index], score, _fault(score) if score else str(image))


def _open(path: Path) -> Image.Image | ImageError:
    if path.is_dir():
        return ImageError(f"{path} holds no image", remedy="Name a file, or a folder with images.")
    try:
        return open_image(path)
    except ImageError as error:
        return error


def _fault(score: Score) -> str:
    return "" if score.readable else f"The model's answer cannot be read: {score.failures[0].reason}."
