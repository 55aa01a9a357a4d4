"""What is in front of the camera: a photograph's view or a painted scene, never the same for two contents."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from mgiqa.datasets.sample.photographs import VIEWS, look
from mgiqa.datasets.sample.scenes import scene


def source(seed: int, dataset: str, index: int, size: int, every: int) -> NDArray[np.float64]:
    """The clean image of content ``index`` of a dataset, shape (size, size, 3) in [0, 1].

    Args:
        seed: of the sample; it paints other scenes, and mirrors other photographs.
        dataset: each has its own photographs and scenes.
        index: of the content, from 0.
        size: side in pixels.
        every: one content of so many is a photograph, as long as there are any.
    """
    rng = generator(seed, dataset, "source", index)
    turn, rest = divmod(index, every)
    if rest or turn >= len(VIEWS[dataset]):
        return scene(rng, size)
    pixels = look(VIEWS[dataset][turn], size)
    return pixels[:, ::-1].copy() if rng.random() < 0.5 else pixels


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """The generator of one purpose, for example ``generator(0, "spaq", "scene", 17)``.

    It depends on ``seed`` and ``purpose`` alone, so items can be made in any order, or in parallel, with equal results.
    """
    digest = hashlib.blake2b("/".join(map(str, purpose)).encode(), digest_size=16).digest()
    return np.random.default_rng(np.random.SeedSequence([seed, int.from_bytes(digest, "big")]))
