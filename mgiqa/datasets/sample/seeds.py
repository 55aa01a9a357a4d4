"""Random numbers that depend on what they are for, never on when they are drawn."""

import hashlib

import numpy as np


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """The generator of one purpose, for example ``generator(0, "spaq", "scene", 17)``.

    It depends on ``seed`` and ``purpose`` alone, so items can be made in any order, or in parallel, with equal results.
    """
    digest = hashlib.blake2b("/".join(map(str, purpose)).encode(), digest_size=16).digest()
    return np.random.default_rng(np.random.SeedSequence([seed, int.from_bytes(digest, "big")]))
