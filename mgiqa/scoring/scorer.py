"""Scores images with a trained model: the library's front door."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from PIL import Image

from mgiqa.attributes import KEYS
from mgiqa.cores import share_cores
from mgiqa.datasets.images import open_image, to_rgb
from mgiqa.dialogue.answer import read_answer
from mgiqa.errors import MissingExtra
from mgiqa.models.folder import check_folder
from mgiqa.models.origin import how_read
from mgiqa.quality.pooling import Whole
from mgiqa.records import Answer, ParseFailure


@dataclass(frozen=True)
class Score:
    """What a model says of one image, in k answers.

    Attributes:
        texts: the k answers as written.
        answers: the same, read; those that could not be read say why and count for nothing else.
    """

    texts: tuple[str, ...]
    answers: tuple[Answer | ParseFailure, ...]

    @classmethod
    def of(cls, texts: Sequence[str], whole: Whole = "said") -> "Score":
        """Reads k answers of a model whose overall score is read as ``whole`` tells."""
        return cls(tuple(texts), tuple(read_answer(text, whole) for text in texts))

    @property
    def readable(self) -> tuple[Answer, ...]:
        """The answers that could be read."""
        return tuple(answer for answer in self.answers if isinstance(answer, Answer))

    @property
    def failures(self) -> tuple[ParseFailure, ...]:
        """The answers that could not be read."""
        return tuple(answer for answer in self.answers if isinstance(answer, ParseFailure))

    @property
    def mean(self) -> Mapping[str, float | None]:
        """Attribute key → mean score in [1, 5] over the readable answers; ``None`` if there is none."""
        return {key: statistics.fmean(found) if (found := self._scores(key)) else None for key in KEYS}

    @property
    def spread(self) -> Mapping[str, float | None]:
        """Attribute key → standard deviation (n - 1) over the readable answers; ``None`` with fewer than two."""
        return {key: statistics.stdev(found) if len(found := self._scores(key)) > 1 else None for key in KEYS}

    @property
    def overall(self) -> float:
        """Mean overall score in [1, 5]; not a number if no answer could be read."""
        overall = self.mean["overall"]
        return math.nan if overall is None else overall

    @property
    def reasoning(self) -> Mapping[str, str]:
        """Attribute key → what the first readable answer says of it; empty if there is none."""
        return self.readable[0].reasoning if self.readable else {}

    def _scores(self, key: str) -> list[float]:
        return [answer.scores[key] for answer in self.readable]


class Scorer:
    """Scores images; the same image gets the same score in any batch and order.

    Args:
        model: folder of a model, as made by ``warmup``, ``train`` or a registry download.
        batch: answers that are written together; of influence on speed and memory only.
        device: where the model runs; a GPU if there is one by default.

    Raises:
        MissingExtra: torch or transformers is not installed.
        MissingInput, DataError: the folder holds no model, or one that cannot be loaded.
    """

    def __init__(self, model: str | PathLike[str], batch: int = 32, device: str | None = None) -> None:
        share_cores()
        check_folder(Path(model))
        try:
            from mgiqa.models.loading import load_model
        except ModuleNotFoundError as error:
            raise MissingExtra(
                f"scoring needs {error.name}", remedy="Install it with: pip install 'mgiqa[score]'"
            ) from None

        self.batch = batch
        self._loaded = load_model(Path(model), device)
        self._whole = how_read(self._loaded.origin)

    def score(
        self,
        images: Sequence[Image.Image | str | PathLike[str]],
        answers: int = 1,
        temperature: float | None = None,
        seed: int = 0,
        *,
        max_tokens: int = 512,
        advance: Callable[[int], object] = lambda images: None,
    ) -> list[Score]:
        """Asks the model about each image.

        Args:
            images: n images, or paths of them; a few hundred at a time, as all are held in memory.
            answers: k, answers per image.
            temperature: of the draws; by default 0 (the likeliest answer) for one answer, 1 for several.
            seed: of the draws.
            max_tokens: longest answer; a longer one is cut and cannot be read.
            advance: called with the number of images finished, for a progress bar.

        Returns:
            n scores, in the order of ``images``.

        Raises:
            ImageError: a path cannot be read as an image; nothing is scored then.
        """
        from mgiqa.scoring.generation import Decoding, generate

        opened = [to_rgb(image) if isinstance(image, Image.Image) else open_image(Path(image)) for image in images]
        decoding = Decoding(answers, float(answers > 1) if temperature is None else temperature, seed, max_tokens)
        return [
            Score.of(texts, self._whole)
            for texts in generate(self._loaded, opened, decoding, batch=self.batch, advance=advance)
        ]
