"""What attribute scores say beside the overall score: figures, and no verdict.

Attributes are nearly the overall score: copying the true overall already gives a mean SRCC of .871 on the five
attributes of SPAQ. So the SRCC of an attribute proves nothing alone. Here it stands beside what copying would have
reached, and beside its partial correlations given the overall.

Those do not prove anything alone either. An overall label is a noisy copy of what all raters saw; given it, whatever
quality it missed is still common to label and score. A score that knows nothing of its attribute but is another noisy
copy of the same quality therefore has a partial correlation above zero (docs/decisions/evaluation.md).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mgiqa.errors import DataError
from mgiqa.metrics.bootstrap import bootstrap, content_codes, percentile_interval
from mgiqa.metrics.correlation import Array, Index, Ranking, Weights, correlations, partial_correlation, srcc
from mgiqa.records import defined

VALIDITY_FIGURES = ("srcc", "copy_overall", "copy_true_overall", "gain", "partial", "beyond", "likeness")


@dataclass(frozen=True)
class AttributeValidity:
    """One attribute. All correlations are Spearman's.

    Attributes:
        key: of the attribute.
        n: images given.
        n_scored: images with both scores and both labels (attribute and overall), which the figures rest on.
        srcc: score with the attribute's label.
        copy_overall: the model's overall score with the attribute's label: what copying would have reached.
        copy_true_overall: the human overall score with the attribute's label: what copying a perfect overall reaches.
        gain: ``srcc - copy_overall``.
        partial: score with label, given the human overall score.
        beyond: score with label, given the human overall score and the model's own.
        likeness: score with the model's own overall score.
        identical: share of images whose score equals the model's overall score.
        intervals: figure → (low, high); empty without resamples.
    """

    key: str
    n: int
    n_scored: int
    srcc: float
    copy_overall: float
    copy_true_overall: float
    gain: float
    partial: float
    beyond: float
    likeness: float
    identical: float
    intervals: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Validity:
    """All attributes of one model on one set of images.

    Attributes:
        keys: of the attributes, in the order of the matrices.
        attributes: one entry for each attribute but the overall.
        predicted: (a, a) SRCC between scores.
        true: (a, a) SRCC between labels.
        cross: (a, a) SRCC of the score of the row with the label of the column.
    """

    keys: tuple[str, ...]
    attributes: tuple[AttributeValidity, ...]
    predicted: Array
    true: Array
    cross: Array

    def as_dict(self) -> dict[str, Any]:
        """For JSON: what is undefined becomes None."""
        content = asdict(self) | {name: getattr(self, name).tolist() for name in ("predicted", "true", "cross")}
        return dict(defined(content))


def validity(
    predicted: npt.ArrayLike,
    true: npt.ArrayLike,
    keys: Sequence[str],
    *,
    overall: str = "overall",
    content: Sequence[object] | npt.NDArray[np.generic] | None = None,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Validity:
    """Measures the attribute scores of a model beside its overall score.

    Args:
        predicted: (n, a) scores, NaN where there is none.
        true: (n, a) labels, NaN where there is none.
        keys: a attribute keys.
        overall: which of them is the overall score.
        content: (n,) ids; each image is its own by default.
        resamples: bootstrap resamples over contents, for the intervals; 0 for none.
        seed: seed of the bootstrap.
        level: share of resamples inside an interval.

    Raises:
        DataError: the shapes do not fit, or ``overall`` is not among ``keys``.

    >>> labels = [[1.0, 1.0], [3.0, 2.0], [2.0, 3.0], [4.0, 4.0]]
    >>> copies = [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]]  # the attribute repeats a perfect overall score
    >>> noise = validity(copies, labels, ["noise", "overall"], resamples=0).attributes[0]
    >>> round(noise.srcc, 4), round(noise.copy_true_overall, 4), noise.gain, noise.identical, noise.partial
    (0.8, 0.8, 0.0, 1.0, nan)
    """
    x, y = np.asarray(predicted, dtype=np.float64), np.asarray(true, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 2 or x.shape[1] != len(keys) or overall not in keys:
        raise DataError(
            f"scores {x.shape} and labels {y.shape} do not fit the attributes {', '.join(keys)}",
            remedy=f"Give one row per image and one column per attribute, {overall} among them.",
        )
    codes = content_codes(range(len(x)) if content is None else content)
    measure = _Measure(x, y, codes, keys.index(overall), resamples, seed, level)
    attributes = tuple(measure.attribute(a, key) for a, key in enumerate(keys) if key != overall)
    return Validity(tuple(keys), attributes, _matrix(x, x), _matrix(y, y), _matrix(x, y))


@dataclass(frozen=True)
class _Measure:
    x: Array
    y: Array
    codes: Index
    overall: int
    resamples: int
    seed: int
    level: float

    def attribute(self, a: int, key: str) -> AttributeValidity:
        columns = np.stack([self.x[:, a], self.y[:, a], self.x[:, self.overall], self.y[:, self.overall]])
        scored: npt.NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(columns))
        columns = columns[:, scored]
        identical = float(np.mean(columns[0] == columns[2])) if scored.any() else float("nan")
        rankings = [Ranking.of(column) for column in columns]
        whole = _figures(correlations(rankings, np.ones((1, int(scored.sum())), dtype=np.int32)))[0]
        return AttributeValidity(
            key=key,
            n=len(scored),
            n_scored=int(scored.sum()),
            **dict(zip(VALIDITY_FIGURES, whole.tolist(), strict=True)),
            identical=identical,
            intervals=self._intervals(rankings, scored) if self.resamples and scored.any() else {},
        )

    def _intervals(self, rankings: list[Ranking], scored: npt.NDArray[np.bool_]) -> dict[str, tuple[float, float]]:
        def statistic(weights: Weights) -> Array:
            return _figures(correlations(rankings, weights))

        codes = np.unique(self.codes[scored], return_inverse=True)[1]
        drawn = bootstrap(statistic, codes, self.resamples, self.seed)
        return {name: percentile_interval(drawn[:, i], self.level) for i, name in enumerate(VALIDITY_FIGURES)}


def _figures(matrix: Array) -> Array:
    """(r, 4, 4) correlations of score, label, own overall and true overall → (r, 7) figures."""
    matched, copy, oracle = matrix[:, 0, 1], matrix[:, 2, 1], matrix[:, 3, 1]
    given_true, given_both = partial_correlation(matrix, [3]), partial_correlation(matrix, [2, 3])
    return np.stack([matched, copy, oracle, matched - copy, given_true, given_both, matrix[:, 0, 2]], axis=1)


def _matrix(first: Array, second: Array) -> Array:
    """(a, a) SRCC of every column of ``first`` with every column of ``second``, over images that have both."""
    return np.array([[srcc(one, other) for other in second.T] for one in first.T])
