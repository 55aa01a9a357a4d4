"""First filters of the small model: a two-dimensional cosine basis, whitened on real patches.

A network of this size does not find edges and grain in pixels by itself in a few minutes. It is given the frequencies
that image coding uses, each scaled so that its response has the standard deviation one: fine grain, whose amplitude in
photographs is a hundredth of that of the mean gray, then weighs as much as the gray.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

_Array = NDArray[np.float64]

LUMA = np.array([0.299, 0.587, 0.114])
BLUE_DIFFERENCE = np.array([-0.169, -0.331, 0.5])
RED_DIFFERENCE = np.array([0.5, -0.419, -0.081])
"""The color axes of JPEG (ITU-R BT.601)."""

LUMA_STEPS = (0, 1, 2, 3, 5, 7, 9, 11, 13)
"""Half-periods per patch, in each direction, of the luma filters: all low ones, every other high one."""
CHROMA_FREQUENCIES = ((0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (5, 5), (9, 9))


def cosine_filters(patch: int, count: int) -> _Array:
    """The first ``count`` filters: chroma first (each frequency in both color axes), then luma from low to high.

    Returns:
        (count, 3, patch, patch), each of norm one.

    Raises:
        ValueError: the basis has fewer than ``count`` filters.
    """
    basis = dct(np.eye(patch), norm="ortho", axis=0)
    chroma = [(u, v, axis) for u, v in CHROMA_FREQUENCIES for axis in (BLUE_DIFFERENCE, RED_DIFFERENCE)]
    luma = sorted(((u, v, LUMA) for u in LUMA_STEPS for v in LUMA_STEPS), key=lambda filter_: filter_[0] + filter_[1])
    chosen = (chroma + luma)[:count]
    if len(chosen) < count:
        raise ValueError(f"{count} filters asked, the basis has {len(chosen)}")
    filters = [np.einsum("c,h,w->chw", axis, basis[u], basis[v]) for u, v, axis in chosen]
    return np.stack([one / np.linalg.norm(one) for one in filters])


def whitened(filters: _Array, patches: _Array) -> _Array:
    """``filters`` divided by the standard deviations of their responses to ``patches``.

    Args:
        filters: (count, 3, patch, patch).
        patches: (n, 3, patch, patch), as the model receives them; n in the thousands.
    """
    responses = patches.reshape(len(patches), -1) @ filters.reshape(len(filters), -1).T
    return filters / np.maximum(responses.std(axis=0), 1e-6)[:, None, None, None]
