"""Images that were shrunk before, on disk: found by their content, checked when read, never needed.

A file of the folder may be removed at any time, and so may the folder; what is damaged is made anew. Several processes
share it: a file appears whole, under a name that its content stands for.
"""

import hashlib
import logging
import os
import shutil
import threading
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import Image

from mgiqa.errors import ImageError
from mgiqa.images.opening import open_image

ON_DISK = 30_000_000_000
"""Bytes: 60 000 images, the largest dataset of the catalogue, at the 196 608 pixels of the presets, and some room."""
_SHARE = 0.5
"""Of the room that the disk has for it, at most: checkpoints need some too."""
_LEFT = 0.9
"""What is left of the bound when the longest unused have gone."""
_BETWEEN = 500
"""Files written by a process from one look at the bound to the next."""
_DIGEST = 32
"""Bytes of SHA-256 behind the image; a viewer does not look there."""

_LOG = logging.getLogger(__name__)


class DiskCache:
    """Pixels by key, without loss.

    Args:
        folder: where they lie; it is made when it is needed.
        most: bytes of all files in the folder.
    """

    def __init__(self, folder: Path, most: int = ON_DISK) -> None:
        self.folder, self.most = folder, most
        self._written = 0
        self._turn = threading.Lock()

    def read(self, key: str) -> Image.Image | None:
        """What was written under ``key``; ``None`` if nothing was, or is no longer as it was written."""
        path = self._path(key)
        try:
            stored = path.read_bytes()
            content, digest = stored[:-_DIGEST], stored[-_DIGEST:]
            if hashlib.sha256(content).digest() != digest:
                return None
            image = open_image(content)
            os.utime(path)  # of use again: the longest unused go first
        except (OSError, ImageError):
            return None
        return image

    def write(self, key: str, image: Image.Image) -> None:
        """Keeps an image, whole or not at all; a disk that cannot take it is no reason to stop."""
        buffer = BytesIO()
        image.save(buffer, "PNG", compress_level=1)
        content = buffer.getvalue()
        path = self._path(key)
        draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content + hashlib.sha256(content).digest())
            draft.replace(path)
            self._hold_to_bound()
        except OSError as error:
            _LOG.warning("Shrunk images are not kept: %s", error)
            with suppress(OSError):
                draft.unlink()

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.png"

    def _hold_to_bound(self) -> None:
        """Removes the longest unused, now and then."""
        with self._turn:
            self._written += 1
            if (self._written - 1) % _BETWEEN:
                return
        files = []
        for path in self.folder.rglob("*.*"):
            with suppress(OSError):
                files.append((path.stat().st_mtime_ns, path.stat().st_size, path))
        held = sum(size for _, size, _ in files)
        most = min(self.most, _SHARE * (held + shutil.disk_usage(self.folder).free))
        if held <= most:
            return
        for _, size, path in sorted(files):
            with suppress(OSError):
                path.unlink()
            held -= size
            if held <= _LEFT * most:
                return
