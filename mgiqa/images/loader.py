"""How images come before a model: at the size that it looks at, from memory or disk where they were before."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import PIL
from PIL import Image

from mgiqa.cores import usable_cores
from mgiqa.images.bounds import DEFAULT
from mgiqa.images.disk_cache import DiskCache
from mgiqa.images.opening import image_size, open_image
from mgiqa.images.regular import read_regular
from mgiqa.images.resizing import Resizing

IN_MEMORY = 128_000_000
"""Bytes of pixels that are kept in memory; those of the sample all fit."""
OPENERS = 4
"""Threads that open images, at most: a model that looks needs no more, and each holds an image."""
_VERSION = 1
"""Of the way an image is made from its file; a change of it makes all anew."""


class ImageLoader:
    """Opens files for one model; called from several threads.

    Args:
        resizing: of the model's processor; without one, images keep their size.
        folder: where shrunk images are kept; without one, nowhere.
        memory: bytes of pixels that are kept in memory.
    """

    def __init__(self, resizing: Resizing | None = None, folder: Path | None = None, memory: int = IN_MEMORY) -> None:
        self.resizing, self.folder, self.memory = resizing, folder, memory
        self._disk = DiskCache(folder) if folder else None
        self._kept: OrderedDict[Path, Image.Image] = OrderedDict()
        self._coming: dict[Path, Future[Image.Image]] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._held = 0
        self._turn = threading.Lock()

    def __call__(self, path: Path) -> Image.Image:
        """The image, see ``open_image``; whoever calls again may get the same object, so nobody may change it."""
        with self._turn:
            if path in self._kept:
                self._kept.move_to_end(path)
                return self._kept[path]
            coming = self._coming.pop(path, None)
        image = coming.result() if coming else self._opened(path)
        with self._turn:
            if path not in self._kept:
                self._kept[path] = image
                self._held += _bytes(image)
            while self._held > self.memory:
                _, oldest = self._kept.popitem(last=False)
                self._held -= _bytes(oldest)
        return image

    def expect(self, paths: Iterable[Path]) -> None:
        """Begins to open images that will be asked for next; those that were expected before and not asked for, are
        forgotten. What is wrong with one is said when it is asked for.
        """
        with self._turn:
            self._pool = self._pool or ThreadPoolExecutor(min(OPENERS, usable_cores()))
            wanted = {path for path in paths if path not in self._kept}
            for path in self._coming.keys() - wanted:
                self._coming.pop(path).cancel()
            for path in sorted(wanted - self._coming.keys()):
                self._coming[path] = self._pool.submit(self._opened, path)

    def __getstate__(self) -> dict[str, Any]:
        """What a copy in another process begins with: all but what is in memory."""
        return {"resizing": self.resizing, "folder": self.folder, "memory": self.memory}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def _opened(self, path: Path) -> Image.Image:
        if self._disk is None or self.resizing is None:
            return open_image(path, resizing=self.resizing)
        content = read_regular(path, DEFAULT.size, name=path.name)
        size = image_size(content)
        if size is None or not self.resizing.shrinks(size):
            return open_image(content, name=path.name, resizing=self.resizing)
        key = _key(content, self.resizing)
        if (kept := self._disk.read(key)) is not None:
            return kept
        image = open_image(content, name=path.name, resizing=self.resizing)
        if image.size != size:
            self._disk.write(key, image)
        return image


def _key(content: bytes, resizing: Resizing) -> str:
    """Stands for all that the pixels depend on: the file, the size that is looked at, and who makes them."""
    maker = f"{_VERSION} Pillow {PIL.__version__} {resizing.name}"
    return hashlib.sha256(hashlib.sha256(content).digest() + maker.encode()).hexdigest()


def _bytes(image: Image.Image) -> int:
    return 3 * image.width * image.height
