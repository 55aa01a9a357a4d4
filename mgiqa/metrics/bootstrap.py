"""The bootstrap over contents: what would the figure have been with other images of the same kind?

Images of one content (one reference, one prompt) resemble each other, so contents are drawn, with all their images,
and not images. A resample is a vector of multiplicities; a statistic is a function of many such vectors at once.
"""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from mgiqa.metrics.correlation import Array, Index, Weights

Statistic = Callable[[Weights], Array]

CHUNK = 150_000
"""Weights that are handled at a time: few enough to stay in a processor's cache."""


def content_codes(content: Sequence[object] | npt.NDArray[np.generic]) -> Index:
    """Numbers contents 0, 1, … in order of their names (n,); an image without a content id is a content of its own.

    >>> content_codes(["b.png", "a.png", "b.png"]).tolist()
    [1, 0, 1]
    >>> len(set(content_codes([None, None, "a.png"]).tolist()))
    3
    """
    names = [f"0{i}" if unnamed(name) else f"1{name}" for i, name in enumerate(content)]
    return np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)[1]


def unnamed(name: object) -> bool:
    """Whether a content id is missing: None, empty or NaN."""
    return name is None or name == "" or (isinstance(name, float) and math.isnan(name))


def multiplicities(codes: Index, resamples: int, rng: np.random.Generator) -> Weights:
    """How often each image is in each resample, (resamples, n), for contents ``codes`` (n,) numbered from 0.

    Images of one content are drawn together, as often as a content falls; contents are drawn as many as there are.

    >>> drawn = multiplicities(np.array([0, 0, 1]), 100, np.random.default_rng(0))
    >>> bool((drawn[:, 0] == drawn[:, 1]).all()), set((drawn[:, 0] + drawn[:, 2]).tolist())
    (True, {2})
    """
    contents = 1 + int(codes.max(initial=-1))
    drawn = rng.integers(0, contents, (resamples, contents))
    drawn += np.arange(0, resamples * contents, contents)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * contents).astype(np.int32)
    return counts.reshape(resamples, contents).take(codes, axis=1)


def bootstrap(statistic: Statistic, codes: Index, resamples: int, seed: int | Sequence[int]) -> Array:
    """The statistic in each resample, computed on all cores; their number has no influence on the result.

    Args:
        statistic: maps multiplicities (r, n) to figures (r, …); NaN where a figure is undefined.
        codes: (n,) content of each image, numbered from 0.
        resamples: number of resamples.
        seed: the same seed and contents give the same draws, so that two scores can be compared pair by pair.

    Returns:
        (resamples, …).

    Source: Efron, Annals of Statistics, 1979.

    >>> heads = bootstrap(lambda weights: weights[:, 0] / weights.sum(axis=1), np.arange(4), resamples=4000, seed=0)
    >>> round(float(heads.mean()), 1), len(heads)  # an image is drawn once in the mean, of four
    (0.2, 4000)
    """
    # Draws come in chunks of a size that the images alone decide, each with a generator of its own: so neither the
    # number of cores nor the order in which they finish changes what is drawn.
    rows = max(1, CHUNK // max(1, len(codes)))
    sizes = [min(rows, resamples - start) for start in range(0, resamples, rows)]
    generators = np.random.default_rng(seed).spawn(len(sizes))
    with one_blas_thread(), ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        parts = pool.map(lambda r, rng: statistic(multiplicities(codes, r, rng)), sizes, generators)
        return np.concatenate(list(parts))


def percentile_interval(values: Iterable[float], level: float = 0.95) -> tuple[float, float]:
    """The central interval that holds the share ``level`` of the resampled values; undefined (NaN) ones are left out.

    Returns:
        (low, high); (NaN, NaN) where fewer than half of the values are defined.

    Source: Efron, Canadian Journal of Statistics, 1981.

    >>> percentile_interval(range(101), level=0.5)
    (25.0, 75.0)
    >>> percentile_interval([1.0, float("nan"), float("nan")])
    (nan, nan)
    """
    figures = np.asarray(list(values), dtype=np.float64)
    defined = figures[np.isfinite(figures)]
    if 2 * len(defined) < max(1, len(figures)):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keeps BLAS to one thread inside, in a ``with`` statement or as a decorator; then it has as many as before.

    On matrices as small as here, more threads wait for each other with busy loops.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _libraries() -> ThreadpoolController:
    """Those that numpy and scipy have loaded."""
    return ThreadpoolController()
