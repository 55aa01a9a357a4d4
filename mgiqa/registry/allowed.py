"""What a request to the served model may ask: the loader of the model decides, and the request never."""

import base64
import binascii
import numbers
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL.Image import Image

from mgiqa.errors import ImageError, MGIQAError
from mgiqa.images.opening import open_image
from mgiqa.images.regular import is_file
from mgiqa.images.resizing import Resizing

SENTENCE = "sentence"
"""Where an answer that tells of an error has the model's own sentence, beside what MLflow makes of it."""
LARGEST_SEED = 2**31 - 1
_LONGEST_PATH = 4096
_NAME = "the image"
"""What a message calls it: the text that was sent may be a path, and is long."""


@dataclass(frozen=True)
class Allowed:
    """Bounds of a request; MLflow's ``model_config``, which is set where the model is loaded.

    Attributes:
        answers: most answers per image.
        images: most images.
        size: most bytes of all texts together.
        images_below: folder whose files a request may name by their paths; empty where it may name none.
    """

    answers: int = 16
    images: int = 64
    size: int = 64_000_000
    images_below: str = ""

    def check(self, texts: list[Any], asked: Mapping[str, Any]) -> tuple[int, int]:
        """Answers per image and seed of a request.

        Raises:
            MGIQAError: it asks for more than is allowed.
        """
        answers, seed = asked.get("answers", 1), asked.get("seed", 0)
        _check_whole("answers", answers, 1, self.answers)
        _check_whole("seed", seed, 0, LARGEST_SEED)
        if len(texts) > self.images:
            raise MGIQAError(f"{len(texts):,} images are more than {self.images}", remedy="Send several requests.")
        if sum(len(text) for text in texts if isinstance(text, str)) > self.size:
            raise MGIQAError(f"the images have more than {self.size:,} bytes", remedy="Send several requests.")
        return int(answers), int(seed)

    def open(self, text: Any, resizing: Resizing | None = None) -> Image:
        """The image that a text stands for: its file's content in base64, as a ``data:`` address or bare, or its path
        where that is allowed. No message tells whether a file is there that may not be read.

        Raises:
            ImageError: there is none.
        """
        if isinstance(text, str) and (path := self._path(text)):
            return open_image(path, name=_NAME, root=Path(self.images_below), resizing=resizing)
        return open_image(_decoded(text), name=_NAME, resizing=resizing)

    def _path(self, text: str) -> Path | None:
        if not self.images_below or len(text) > _LONGEST_PATH:
            return None
        root = Path(os.path.abspath(self.images_below))  # noqa: PTH100 - "..", without following links
        path = Path(os.path.normpath(root / text))
        return path if path.is_relative_to(root) and is_file(path) else None


def _check_whole(name: str, value: Any, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not least <= int(value) <= most:
        raise MGIQAError(f"{name} must be a whole number from {least} to {most:,}", remedy="Correct the request.")


def _decoded(text: Any) -> bytes:
    if isinstance(text, str):
        encoded = text.partition("base64,")[2] if text.startswith("data:") else text
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise ImageError(f"{_NAME} is not sent as it must be", remedy="Send the content of its file in base64.")
