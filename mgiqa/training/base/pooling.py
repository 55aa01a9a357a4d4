"""The Minkowski sum of ``mgiqa.overall``, as a layer that teaches the vision tower.

What the tower says is not bound to the scale, and people's score of the whole lies below that of the worst part: a sum
fits them, where answers are pooled by the mean. A whole made so teaches its parts: a bad score of an image whose
attributes nobody labelled can only come from one of them. Composition is one of them here: what is technically sound
and yet disliked has to lack something.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mgiqa.attributes import HIGHEST
from mgiqa.overall import EXPONENT

SOFTNESS = 0.25
"""Score units over which an impairment fades out near the best score, so that the slope never jumps."""


def minkowski_sum(scores: torch.Tensor) -> torch.Tensor:
    """The whole that scores of attributes add up to.

        W = 5 - (Σ_a d[a]^p)^(1/p),   d[a] = s · log(1 + exp((5 - q[a]) / s)),   p = ``EXPONENT``, s = ``SOFTNESS``

    Args:
        scores: (n, a), 5 is best; values beyond the scale are allowed.

    Returns:
        (n,) scores on the same scale, below 5 and below the worst part; the slope is finite wherever they lie.

    Source: de Ridder, Proc. SPIE 1666, 1992 (``mgiqa.overall``); the exponent and the soft end near 5 are this
    project's.

    >>> [round(whole, 2) for whole in minkowski_sum(torch.tensor([[5.0, 2.0], [3.0, 3.0]])).tolist()]  # 5 - 2 · 2^(1/4)
    [2.0, 2.62]
    """
    # A plain max(5 - q, 0) would teach nothing to parts beyond 5, and the norm has no slope where all of them are 0.
    impairment = nn.functional.softplus((HIGHEST - scores) / SOFTNESS) * SOFTNESS
    return HIGHEST - torch.linalg.vector_norm(impairment, ord=EXPONENT, dim=1)


@dataclass(frozen=True, eq=False)
class Pooling:
    """Pools what is said in standard deviations, with the last column as the whole.

    Attributes:
        columns: of the attributes that take part, at least one.
        mean, deviation: (a,) of each column, in score units.
    """

    columns: list[int]
    mean: torch.Tensor
    deviation: torch.Tensor

    @classmethod
    def of(
        cls, labels: NDArray[np.float64], mean: NDArray[np.float64], deviation: NDArray[np.float64]
    ) -> "Pooling | None":
        """Takes the attributes that ``labels``, shape (n, a), hold at all; nothing where they hold none."""
        columns = np.flatnonzero(np.isfinite(labels[:, :-1]).any(axis=0)).tolist()
        if not columns:
            return None
        return cls(columns, torch.from_numpy(mean).float(), torch.from_numpy(deviation).float())

    def __call__(self, said: torch.Tensor) -> torch.Tensor:
        """The whole, shape (n,), that the attributes in ``said``, shape (n, a), add up to; both in deviations.

        >>> pooling = Pooling(columns=[0, 1], mean=torch.full((3,), 3.0), deviation=torch.full((3,), 0.5))
        >>> round(pooling(torch.tensor([[0.0, 0.0, 9.0]])).item(), 1)  # parts of 3 add up to 2.62, 0.76 deviations less
        -0.8
        """
        scores = said[:, self.columns] * self.deviation[self.columns] + self.mean[self.columns]
        return (minkowski_sum(scores) - self.mean[-1]) / self.deviation[-1]
