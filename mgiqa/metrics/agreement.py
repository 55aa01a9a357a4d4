"""How well scores agree with human scores: every figure of a benchmark, with its interval and its warnings.

A missing prediction is counted, never replaced: ``n`` is the number of rows given, ``n_scored`` the number that the
figures rest on. What cannot be computed is NaN and has a flag that says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mgiqa.errors import DataError
from mgiqa.metrics.bootstrap import content_codes, one_blas_thread, unnamed
from mgiqa.metrics.scored_images import Array, ScoredImages
from mgiqa.records import defined

FLAGS = {
    "missing_predictions": "Some images have no prediction; the figures rest on the others.",
    "missing_mos": "Some images have no human score; the figures rest on the others.",
    "missing_std": "Some images have no standard deviation; what needs it rests on the others.",
    "missing_content": "Some images have no content id; each counts as a content of its own.",
    "tiny_n": "Fewer than 10 images: the figures say little.",
    "constant_prediction": "All predictions are equal, so no correlation is defined.",
    "constant_mos": "All human scores are equal, so no correlation is defined.",
    "many_ties": "More than 5 % of the pairs of images have equal predictions.",
    "logistic4_fallback": "The four-parameter logistic cannot be fitted, or loses to a straight line, which is used.",
    "logistic5_fallback": "The five-parameter logistic cannot be fitted, or loses to a straight line, which is used.",
    "logistic4_decreasing": "The fitted map falls: PLCC after it is positive although the score runs the wrong way.",
    "logistic5_not_monotone": "The five-parameter map does not rise throughout: PLCC after it is flattered.",
    "few_contents": "Fewer than 10 contents: the intervals are too narrow.",
    "no_interval": "Fewer than 2 contents: no interval can be computed.",
    "undefined_resamples": "In some resamples a figure is undefined; they are left out of its interval.",
}
"""Every reservation that can be made → what it means."""


FEW_CONTENTS = 10


@dataclass(frozen=True)
class Agreement:
    """Agreement of one score with human scores.

    Attributes:
        n: rows given.
        n_scored: rows with a prediction and a human score, which the figures rest on.
        missing: rows without a (finite) prediction.
        unlabelled: rows without a (finite) human score.
        contents: different contents among the scored rows.
        srcc: Spearman's rank correlation, mid-ranks for ties.
        krcc: Kendall's tau-b.
        plcc: Pearson's correlation with the raw prediction.
        plcc_logistic4: the same after the four-parameter logistic.
        plcc_logistic5: the same after the five-parameter logistic.
        rmse: root mean square error after the four-parameter logistic, on the human scale.
        rmse_raw: the same without any map; it means something only where both scales are one.
        pairwise_accuracy: share of pairs of images in the order of the human scores, a tie counting one half.
        pairwise_accuracy_weighted: the same, a pair weighing as much as raters tell it apart; NaN without std.
        outlier_ratio: share of images whose error after the four-parameter logistic exceeds two standard deviations
            of the human score (VQEG); NaN without std.
        srcc_within: mean over contents of SRCC inside the content, over contents where it is defined.
        pairwise_accuracy_within: the same for pairwise accuracy.
        contents_within: how many contents ``srcc_within`` is a mean of; 0 where every content has one image.
        ties: share of the pairs of images with equal predictions.
        distinct: number of different predictions.
        level: share of resamples inside an interval.
        resamples: bootstrap resamples over contents; the logistic maps are held at their fit to all images.
        intervals: figure → (low, high); empty without resamples.
        flags: warnings, keys of ``FLAGS``.
        judged_by: the rank correlation that counts: ``srcc``, or ``srcc_within`` where scores compare only there.
    """

    n: int
    n_scored: int
    missing: int
    unlabelled: int
    contents: int
    srcc: float
    krcc: float
    plcc: float
    plcc_logistic4: float
    plcc_logistic5: float
    rmse: float
    rmse_raw: float
    pairwise_accuracy: float
    pairwise_accuracy_weighted: float
    outlier_ratio: float
    srcc_within: float
    pairwise_accuracy_within: float
    contents_within: int
    ties: float
    distinct: int
    level: float
    resamples: int
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    judged_by: Literal["srcc", "srcc_within"] = "srcc"

    @property
    def rank(self) -> float:
        """The rank correlation that counts."""
        return self.srcc_within if self.judged_by == "srcc_within" else self.srcc

    def as_dict(self) -> dict[str, Any]:
        """For JSON: what is undefined becomes None."""
        return dict(defined(asdict(self)))


@one_blas_thread()
def agreement(
    predicted: npt.ArrayLike,
    mos: npt.ArrayLike,
    *,
    std: npt.ArrayLike | None = None,
    content: Sequence[object] | npt.NDArray[np.generic] | None = None,
    per_content: bool = False,
    resamples: int = 0,
    seed: int = 0,
    level: float = 0.95,
) -> Agreement:
    """Compares scores with human scores.

    Args:
        predicted: (n,) scores, higher is better; NaN (or infinite) where there is none.
        mos: (n,) human scores, higher is better; NaN where there is none.
        std: (n,) standard deviation of the raters on the scale of ``mos``; NaN where unknown.
        content: (n,) id of the reference, prompt or group of each image; each image is its own by default.
        per_content: whether scores compare only inside a content, so that the figure inside contents counts.
        resamples: bootstrap resamples over contents for the intervals; 0 for none.
        seed: seed of the bootstrap.
        level: share of resamples inside an interval.

    Raises:
        DataError: the arguments differ in length or are not one-dimensional, or a standard deviation is negative.

    >>> few = agreement([1.0, 2.0, 3.0, 4.0, float("nan")], [1.0, 3.0, 2.0, 4.0, 5.0])
    >>> round(few.srcc, 4), round(few.krcc, 4), round(few.pairwise_accuracy, 4)  # one pair of six in the wrong order
    (0.8, 0.6667, 0.8333)
    >>> few.missing, few.flags
    (1, ('missing_predictions', 'tiny_n', 'logistic4_fallback', 'logistic5_fallback'))
    """
    x, y, s, codes = _columns(predicted, mos, std, content)
    scored = np.isfinite(x) & np.isfinite(y)
    sample = ScoredImages(x[scored], y[scored], s[scored], codes[scored])
    intervals, undefined = sample.intervals(resamples, seed, level)
    flags = sample.warnings() | {
        "missing_predictions": not np.isfinite(x).all(),
        "missing_mos": not np.isfinite(y).all(),
        "missing_std": std is not None and not np.isfinite(sample.std).all(),
        "missing_content": content is not None and any(unnamed(name) for name in content),
        "few_contents": resamples > 0 and 2 <= sample.contents < FEW_CONTENTS,
        "no_interval": resamples > 0 and sample.contents < 2,
        "undefined_resamples": undefined,
    }
    return Agreement(
        n=len(x),
        n_scored=len(sample.x),
        missing=int((~np.isfinite(x)).sum()),
        unlabelled=int((~np.isfinite(y)).sum()),
        contents=sample.contents,
        level=level,
        resamples=resamples,
        intervals=intervals,
        flags=tuple(name for name in FLAGS if flags[name]),
        judged_by="srcc_within" if per_content else "srcc",
        **sample.figures(),
    )


def _columns(
    predicted: npt.ArrayLike,
    mos: npt.ArrayLike,
    std: npt.ArrayLike | None,
    content: Sequence[object] | npt.NDArray[np.generic] | None,
) -> tuple[Array, Array, Array, npt.NDArray[np.intp]]:
    x = np.asarray(predicted, dtype=np.float64)
    if x.ndim != 1:
        raise DataError(f"predictions have {x.ndim} axes", remedy="Give one number per image.")
    y = np.asarray(mos, dtype=np.float64)
    s = np.full(len(x), np.nan) if std is None else np.asarray(std, dtype=np.float64)
    if (s < 0).any():
        row = int(np.argmax(s < 0))
        raise DataError(f"the standard deviation of row {row + 1} is {s[row]:g}", remedy="It cannot be negative.")
    codes = np.arange(len(x)) if content is None else content_codes(content)
    for name, size in (("human scores", y.shape), ("standard deviations", s.shape), ("contents", codes.shape)):
        if size != x.shape:
            raise DataError(f"{len(x)} predictions came with {size[0]} {name}", remedy="Give one per image.")
    return x, y, s, codes
