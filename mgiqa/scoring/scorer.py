"""Scores images with a trained model: the library's front door."""

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from PIL import Image

from mgiqa import scores
from mgiqa.attributes import KEYS
from mgiqa.cores import share_cores
from mgiqa.dialogue.answer import read_answer
from mgiqa.errors import ImageError, MissingExtra
from mgiqa.images.bounds import DEFAULT, Bounds
from mgiqa.images.opening import checked, open_image
from mgiqa.images.resizing import Resizing
from mgiqa.models.origin import check_folder, how_read
from mgiqa.overall import Overall, as_read
from mgiqa.records import Answer, defined

ImageSource = Image.Image | bytes | str | PathLike[str]
"""An image, the content of a file, or its path."""


@dataclass(frozen=True)
class Score:
    """What a model says of one image, in k answers.

    Attributes:
        answers: the k answers, ``overall`` as the model's is to be read; those that could not be read say why and
            count for nothing else.
        fault: why the image could not be opened, in one sentence, and there are no answers; empty where it could.
    """

    answers: tuple[Answer, ...]
    fault: str = ""

    @classmethod
    def of(cls, texts: Sequence[str], overall: Overall) -> "Score":
        """Reads k answers of a model whose overall score is read as ``overall`` tells."""
        return cls(tuple(as_read(read_answer(text), overall) for text in texts))

    @property
    def texts(self) -> tuple[str, ...]:
        """The k answers as written."""
        return tuple(answer.text for answer in self.answers)

    @property
    def readable(self) -> tuple[Answer, ...]:
        """The answers that could be read."""
        return tuple(answer for answer in self.answers if answer.readable)

    @property
    def failures(self) -> tuple[Answer, ...]:
        """The answers that could not be read."""
        return tuple(answer for answer in self.answers if not answer.readable)

    @property
    def mean(self) -> Mapping[str, float | None]:
        """Attribute key → mean score in [1, 5] over the readable answers; ``None`` if there is none."""
        return _known(scores.mean(scores.table_of([self.answers])))

    @property
    def spread(self) -> Mapping[str, float | None]:
        """Attribute key → standard deviation (n - 1) over the readable answers; ``None`` with fewer than two."""
        return _known(scores.spread(scores.table_of([self.answers])))

    @property
    def overall(self) -> float:
        """Mean overall score in [1, 5]; not a number if no answer could be read."""
        overall = self.mean["overall"]
        return math.nan if overall is None else overall

    @property
    def reasoning(self) -> Mapping[str, str]:
        """Attribute key → what the first readable answer says of it; empty if there is none."""
        return self.readable[0].reasoning if self.readable else {}


class Scorer:
    """Scores images; the same image gets the same score in any batch and order.

    Args:
        model: folder of a model, as made by ``warmup``, ``train`` or a registry download.
        batch: answers that are written together; of influence on speed and memory only.
        device: where the model runs; a GPU if there is one by default.
        bounds: which images are let in; other formats than the project's own only from those that one trusts.

    Attributes:
        resizing: how large the model looks at an image; it is opened no larger.

    Raises:
        MissingExtra: torch or transformers is not installed.
        MissingInput, DataError: the folder holds no model, or one that cannot be loaded.
    """

    def __init__(
        self,
        model: str | PathLike[str],
        batch: int = 32,
        device: str | None = None,
        bounds: Bounds = DEFAULT,
    ) -> None:
        share_cores()
        check_folder(Path(model))
        try:
            from mgiqa.models.load import load_model
            from mgiqa.models.resizing import resizing_of
        except ModuleNotFoundError as error:
            raise MissingExtra(
                f"scoring needs {error.name}", remedy="Install it with: pip install 'mgiqa[score]'"
            ) from None

        self.batch, self.bounds = batch, bounds
        self._loaded = load_model(Path(model), device)
        self.resizing: Resizing | None = resizing_of(self._loaded.processor.image_processor)
        self._alone = threading.Lock()  # models keep what belongs to the images at hand, such as their places
        self._reading = threading.Lock()  # the same image may be given twice, and is read when it is looked at first
        self._overall = how_read(self._loaded.origin)

    def score(
        self,
        images: Sequence[ImageSource],
        answers: int = 1,
        temperature: float | None = None,
        seed: int = 0,
        *,
        max_tokens: int = 512,
        progress: Callable[[int], object] = lambda images: None,
    ) -> list[Score]:
        """Asks the model about each image.

        Args:
            images: n images, their paths, or the contents of their files.
            answers: k, answers per image.
            temperature: of the draws; by default 0 (the likeliest answer) for one answer, 1 for several.
            seed: of the draws.
            max_tokens: longest answer; a longer one is cut and cannot be read.
            progress: called with the number of images finished, for a progress bar.

        Returns:
            n scores, in the order of ``images``; that of one that cannot be opened has a ``fault`` and no answers.
        """
        return list(self.stream(images, answers, temperature, seed, max_tokens=max_tokens, progress=progress))

    def stream(
        self,
        images: Iterable[Any],
        answers: int = 1,
        temperature: float | None = None,
        seed: int = 0,
        *,
        max_tokens: int = 512,
        look: Callable[[Any], Image.Image] | None = None,
        progress: Callable[[int], object] = lambda images: None,
    ) -> Iterator[Score]:
        """As ``score``, for any number of images: yields scores as they come, a few images at a time in memory.

        ``look`` opens what is in ``images`` where it is none of the usual sources; the ``ImageError`` that it raises
        says why there is no image in its place.
        """
        from mgiqa.scoring.generation import Decoding, generate
        from mgiqa.scoring.portions import portions

        decoding = Decoding(answers, float(answers > 1) if temperature is None else temperature, seed, max_tokens)
        for portion in portions(images, look or self._open):
            faults = [image for image in portion if isinstance(image, ImageError)]
            readable = [image for image in portion if not isinstance(image, ImageError)]
            progress(len(faults))
            with self._alone:
                texts = iter(generate(self._loaded, readable, decoding, batch=self.batch, progress=progress))
            readable.clear()
            for image in portion:
                fault = str(image) if isinstance(image, ImageError) else ""
                yield Score((), fault) if fault else Score.of(next(texts), self._overall)

    def _open(self, source: ImageSource) -> Image.Image:
        if isinstance(source, Image.Image):
            with self._reading:
                return checked(source, self.bounds, resizing=self.resizing)
        name = "" if isinstance(source, bytes) else str(source)
        content = source if isinstance(source, bytes) else Path(source)
        return open_image(content, self.bounds, name=name, resizing=self.resizing)


def _known(row: scores.Scores) -> Mapping[str, float | None]:
    return dict(zip(KEYS, defined(row[0].tolist()), strict=True))
