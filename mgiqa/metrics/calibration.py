"""What several answers to one image are worth: their mean, and whether their spread tells how wrong the mean is."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from mgiqa.errors import DataError
from mgiqa.metrics.correlation import Array, srcc
from mgiqa.records import defined


@dataclass(frozen=True)
class Bin:
    """Images of similar spread: how many, their mean spread, and their mean absolute error."""

    n: int
    spread: float
    error: float


@dataclass(frozen=True)
class Calibration:
    """How the mean and the spread of k answers relate to the human score. Scores and MOS are on one scale.

    Attributes:
        n: images given.
        n_scored: images with a human score and at least one answer.
        n_spread: images of these with at least two answers, which the figures on spread rest on.
        failures: share of answers that are missing.
        srcc_single: SRCC of one answer, mean over the k; the gain of averaging is ``srcc_mean - srcc_single``.
        srcc_mean: SRCC of the mean answer.
        bias: mean of (mean answer - human score).
        error: mean absolute error of the mean answer.
        spread: mean over images of the standard deviation of the answers (n - 1).
        spread_with_error: SRCC of spread and absolute error; above 0, the spread warns of errors.
        level: what the stated interval, mean ± z spread, claims to cover.
        coverage: share of human scores inside it.
        factor: by what the spread would have to be multiplied for the interval to cover ``level`` of these images;
            infinite where more images have a spread of 0 and an error than may be left out.
        bins: from the smallest spread to the largest, for a plot.
    """

    n: int
    n_scored: int
    n_spread: int
    failures: float
    srcc_single: float
    srcc_mean: float
    bias: float
    error: float
    spread: float
    spread_with_error: float
    level: float
    coverage: float
    factor: float
    bins: tuple[Bin, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: what is undefined becomes None."""
        return dict(defined(asdict(self)))


def calibration(answers: npt.ArrayLike, mos: npt.ArrayLike, *, level: float = 0.95, bins: int = 5) -> Calibration:
    """Relates k answers per image to the human score.

    Args:
        answers: (n, k) scores, NaN where an answer failed.
        mos: (n,) human scores on the same scale, NaN where there is none.
        level: what the interval claims to cover, in (0, 1).
        bins: groups of equally many images by spread.

    Returns:
        The figures; NaN where there is nothing to compute one from.

    Raises:
        DataError: the shapes do not fit.

    >>> two = calibration([[1.0, 3.0], [4.0, 4.0]], [2.0, 3.0])  # means 2 and 4, errors 0 and 1, spreads sqrt(2) and 0
    >>> two.bias, two.error, round(two.spread, 4), two.coverage, two.factor
    (0.5, 0.5, 0.7071, 0.5, inf)
    """
    q, y = np.asarray(answers, dtype=np.float64), np.asarray(mos, dtype=np.float64)
    if q.ndim != 2 or y.shape != q.shape[:1]:
        raise DataError(f"answers {q.shape} do not fit human scores {y.shape}", remedy="Give one row per image.")
    count = np.isfinite(q).sum(axis=1)
    mean = np.where(count > 0, np.where(np.isfinite(q), q, 0).sum(axis=1) / np.maximum(count, 1), np.nan)
    square = np.where(np.isfinite(q), (q - mean[:, None]) ** 2, 0).sum(axis=1)
    spread = np.where(count > 1, np.sqrt(square / np.maximum(count - 1, 1)), np.nan)
    error = mean - y
    scored, repeated = np.isfinite(error), np.isfinite(error) & np.isfinite(spread)
    claimed = float(norm.ppf((1 + level) / 2))
    wrong, spread = np.abs(error[repeated]), spread[repeated]
    return Calibration(
        n=len(y),
        n_scored=int(scored.sum()),
        n_spread=int(repeated.sum()),
        failures=float(1 - np.isfinite(q).mean()) if q.size else float("nan"),
        srcc_single=_mean(np.array([srcc(one, y) for one in q.T])),
        srcc_mean=srcc(mean, y),
        bias=_mean(error[scored]),
        error=_mean(np.abs(error[scored])),
        spread=_mean(spread),
        spread_with_error=srcc(spread, wrong),
        level=level,
        coverage=_mean(wrong <= claimed * spread),
        factor=_factor(wrong, spread, level) / claimed,
        bins=_bins(wrong, spread, bins),
    )


def _factor(wrong: Array, spread: Array, level: float) -> float:
    """The least number of spreads that covers ``level`` of the errors."""
    if len(wrong) == 0:
        return float("nan")
    needed = np.where(wrong > 0, np.inf, 0.0)
    np.divide(wrong, spread, out=needed, where=spread > 0)
    return float(np.quantile(needed, level, method="inverted_cdf"))


def _bins(wrong: Array, spread: Array, bins: int) -> tuple[Bin, ...]:
    parts = np.array_split(np.argsort(spread, kind="stable"), min(bins, len(spread)) or 1)
    return tuple(Bin(len(part), _mean(spread[part]), _mean(wrong[part])) for part in parts if len(part))


def _mean(values: npt.NDArray[np.generic]) -> float:
    return float(values.mean()) if values.size else float("nan")
