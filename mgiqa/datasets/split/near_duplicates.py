"""Images that look alike though their files differ: another size, another quality, a slight crop."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from mgiqa.images.opening import open_image
from mgiqa.parallel import in_parallel
from mgiqa.progress import watched

_SIDE = 8
FAR = 4
"""Bits of 64 that two look-alikes may differ in."""


def difference_hash(image: Image.Image) -> NDArray[np.bool_]:
    """64 bits, one per neighboring pair of a 9 × 8 gray thumbnail: whether it gets brighter to the right.

    Source: N. Krawetz, "Kind of like that", 2013 (dHash).
    """
    gray = np.asarray(image.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX), dtype=np.int16)
    return (gray[:, 1:] > gray[:, :-1]).ravel()


def near_duplicates(rows: pd.DataFrame, root: Path, far: int = FAR) -> list[tuple[str, str]]:
    """Pairs of image ids from different splits and contents that look alike.

    Args:
        rows: columns ``image_id, content, split, path``, numbered from 0.
        root: what paths start from.
        far: bits that may differ. With ``far`` = 4, one of five bands of the hash must be equal, which finds all pairs.

    Returns:
        Sorted pairs.
    """
    hashes = in_parallel(lambda path: difference_hash(open_image(root / path)), rows["path"])
    bits = np.array(list(watched(hashes, "looking at images", len(rows)))).reshape(len(rows), _SIDE * _SIDE)
    pairs = {pair for pair in _candidates(bits, far + 1) if int((bits[pair[0]] != bits[pair[1]]).sum()) <= far}
    apart = [(i, j) for i, j in pairs if _differ(rows, i, j, "split") and _differ(rows, i, j, "content")]
    return sorted((rows["image_id"][i], rows["image_id"][j]) for i, j in apart)


def _differ(rows: pd.DataFrame, i: int, j: int, column: str) -> bool:
    return bool(rows[column][i] != rows[column][j])


def _candidates(bits: NDArray[np.bool_], bands: int) -> set[tuple[int, int]]:
    """Pairs that agree in one of ``bands`` parts of the hash: fewer than ``bands`` differing bits leave one intact."""
    pairs: set[tuple[int, int]] = set()
    for band in np.array_split(bits, bands, axis=1):
        same: dict[bytes, list[int]] = defaultdict(list)
        for index, part in enumerate(band):
            same[part.tobytes()].append(index)
        for members in same.values():
            pairs.update((i, j) for position, i in enumerate(members) for j in members[position + 1 :])
    return pairs
