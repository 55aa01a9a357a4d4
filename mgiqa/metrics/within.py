"""Figures inside contents, and their mean over contents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mgiqa.metrics.correlation import Array, Index, Weights


@dataclass(frozen=True, eq=False)
class Within:
    """What holds inside each content, over the contents in which every figure is defined.

    Attributes:
        rows: (c,) one image of each content.
        figures: (c, f) of that content.
    """

    rows: Index
    figures: Array

    @classmethod
    def of(cls, codes: Index, count: int, measure: Callable[[Index], Sequence[float]]) -> "Within":
        """Measures every content of several images.

        Args:
            codes: (n,) number of the content of each image.
            count: f.
            measure: the images of a content, as rows → its f figures, NaN where undefined.

        >>> within = Within.of(np.array([0, 0, 1, 1, 1, 2]), 1, lambda rows: [float(len(rows))])
        >>> within.figures.tolist()  # a content of one image has no figure
        [[2.0], [3.0]]
        >>> within.mean(np.array([[1, 1, 1, 1, 1, 1], [0, 0, 2, 2, 2, 1]], dtype=np.int32)).tolist()
        [[2.5], [3.0]]
        """
        order = np.argsort(codes, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
        measured = [(group[0], measure(group)) for group in groups if len(group) > 1]
        defined = [(row, figures) for row, figures in measured if np.isfinite(figures).all()]
        rows = np.array([row for row, _ in defined], dtype=np.intp)
        return cls(rows, np.array([figures for _, figures in defined], dtype=np.float64).reshape(-1, count))

    def mean(self, weights: Weights) -> Array:
        """Means under multiplicities (r, n) that are equal inside a content: (r, f), NaN where no content is drawn."""
        drawn = weights[:, self.rows].astype(np.float64)
        with np.errstate(invalid="ignore"):
            return (drawn @ self.figures) / drawn.sum(axis=1, keepdims=True)
