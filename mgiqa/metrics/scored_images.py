"""The images of a benchmark that have both a score and a human score, and every figure of them under any weights."""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from mgiqa.metrics.bootstrap import bootstrap, percentile_interval
from mgiqa.metrics.concordance import ConcordantPairs, weighted_accuracy
from mgiqa.metrics.correlation import Array, Index, Linear, Ranking, Weights, spearman, srcc
from mgiqa.metrics.logistic import fit_logistic4, fit_logistic5
from mgiqa.metrics.within import Within

RESAMPLED = (
    "srcc",
    "krcc",
    "plcc",
    "plcc_logistic4",
    "plcc_logistic5",
    "rmse",
    "rmse_raw",
    "pairwise_accuracy",
)
"""The figures that get an interval, in the order of the columns of ``ScoredImages.statistic``."""

WITHIN = ("srcc_within", "pairwise_accuracy_within")
"""Means over contents of what holds inside each, in the order of the columns of ``ScoredImages.within.figures``."""

FEW_IMAGES, MANY_TIES, OUTLIER = 10, 0.05, 2.0


class ScoredImages:
    """n images with a score and a human score.

    Attributes:
        x: (n,) scores, finite.
        y: (n,) human scores, finite.
        std: (n,) standard deviation of the raters; NaN where unknown.
        codes: (n,) number of the content.
        contents: how many different contents there are.

    >>> x, y = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0])
    >>> figures = ScoredImages(x, y, std=np.full(4, np.nan), codes=np.array([0, 0, 1, 1])).figures()
    >>> round(figures["srcc"], 4), round(figures["plcc"], 4), round(figures["rmse_raw"], 4)  # sqrt(2 / 4)
    (0.8, 0.8, 0.7071)
    >>> round(figures["srcc_within"], 4), figures["contents_within"]  # right inside both contents
    (1.0, 2)
    """

    def __init__(self, x: Array, y: Array, std: Array, codes: Index) -> None:
        self.x, self.y, self.std = x, y, std
        names, self.codes = np.unique(codes, return_inverse=True)
        self.contents = len(names)
        self.logistic4, self.logistic5 = fit_logistic4(x, y), fit_logistic5(x, y)
        self._fitted4, fitted5 = self.logistic4(x), self.logistic5(x)
        self._linear = Linear(np.stack([x, self._fitted4, fitted5]), y)
        self._squares = np.square(np.stack([self._fitted4, x], axis=1) - y[:, None])
        self._rankings = Ranking.of(x), Ranking.of(y)
        self._pairs = ConcordantPairs(x, y)

    def statistic(self, weights: Weights) -> Array:
        """The figures named in ``RESAMPLED`` under multiplicities (r, n): (r, 8), NaN where undefined.

        The logistic maps are those of all images: an interval says how the figure of this map varies with the images.
        """
        if len(self.x) < 2:
            return np.full((len(weights), len(RESAMPLED)), np.nan)
        pairs = self._pairs.count(weights)
        columns = [
            spearman(*self._rankings, weights),
            pairs.tau_b,
            *self._linear.correlate(weights).T,
            *np.sqrt((weights @ self._squares).T / weights.sum(axis=1)),
            pairs.accuracy,
        ]
        return np.stack(columns, axis=1)

    def figures(self) -> dict[str, Any]:
        """Every figure of all images: name (of a field of ``Agreement``) → value, NaN where undefined."""
        whole = np.ones((1, len(self.x)), dtype=np.int32)
        pairs = self._pairs.count(whole)
        rated = np.isfinite(self.std)
        error = np.abs(self._fitted4 - self.y)[rated]
        return {
            **dict(zip(RESAMPLED, self.statistic(whole)[0].tolist(), strict=True)),
            "pairwise_accuracy_weighted": weighted_accuracy(self.x[rated], self.y[rated], self.std[rated]),
            "outlier_ratio": _mean(error > OUTLIER * self.std[rated]),
            **dict(zip(WITHIN, self.within.mean(whole)[0].tolist(), strict=True)),
            "contents_within": len(self.within.rows),
            "ties": float(pairs.tied_first[0] / pairs.total[0]) if pairs.total[0] else 0.0,
            "distinct": len(np.unique(self.x)),
        }

    @cached_property
    def within(self) -> Within:
        """The figures named in ``WITHIN`` of the contents inside which images can be ranked."""
        return Within.of(self.codes, len(WITHIN), lambda group: _rank_figures(self.x[group], self.y[group]))

    def intervals(self, resamples: int, seed: int, level: float) -> tuple[dict[str, tuple[float, float]], bool]:
        """Percentile intervals of the figures in ``RESAMPLED``, and of those in ``WITHIN`` where two contents or more
        can be ranked; and whether any resample left a figure of ``RESAMPLED`` undefined.
        """
        if resamples == 0 or self.contents < 2:
            return {}, False
        names, parts = list(RESAMPLED), [self.statistic]
        if len(self.within.rows) > 1:
            names, parts = [*RESAMPLED, *WITHIN], [self.statistic, self.within.mean]
        values = bootstrap(lambda weights: np.hstack([part(weights) for part in parts]), self.codes, resamples, seed)
        ends = {name: percentile_interval(values[:, i], level) for i, name in enumerate(names)}
        return ends, not bool(np.isfinite(values[:, : len(RESAMPLED)]).all())

    def warnings(self) -> dict[str, bool]:
        """What the scores themselves give cause to say: key of ``mgiqa.metrics.agreement.FLAGS`` → whether it holds."""
        pairs = self._pairs.count(np.ones((1, len(self.x)), dtype=np.int32))
        grid = np.sort(self.x)
        slope4, slope5 = np.diff(self.logistic4(grid)), np.diff(self.logistic5(grid))
        return {
            "tiny_n": len(self.x) < FEW_IMAGES,
            "constant_prediction": len(np.unique(self.x)) == 1,
            "constant_mos": len(np.unique(self.y)) == 1,
            "many_ties": bool(pairs.tied_first[0] > MANY_TIES * pairs.total[0]),
            "logistic4_fallback": self.logistic4.fallback != "",
            "logistic5_fallback": self.logistic5.fallback != "",
            "logistic4_decreasing": bool((slope4 < 0).any()),
            "logistic5_not_monotone": bool((slope5 < 0).any()),
        }


def _rank_figures(x: Array, y: Array) -> tuple[float, float]:
    return srcc(x, y), float(ConcordantPairs(x, y).count(np.ones((1, len(x)), dtype=np.int32)).accuracy[0])


def _mean(values: npt.ArrayLike) -> float:
    figures = np.asarray(values, dtype=np.float64)
    return float(figures.mean()) if figures.size else float("nan")
