"""The whole from its parts: what scores of attributes say together, by Minkowski pooling of what is lacking in each.

People judge an image that is spoiled in one way mainly by that way. Impairments of several kinds therefore add up as a
Minkowski sum with an exponent above 1 (H. de Ridder, "Minkowski-metrics as a combination rule for digital-image-coding
impairments", Proc. SPIE 1666, 1992), in which the worst counts most. A whole made so teaches its parts, too: a bad
score of an image whose attributes nobody labelled can only come from one of them.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mgiqa.attributes import HIGHEST
from mgiqa.errors import SettingsError

EXPONENT = 4.0
"""1 would add impairments, infinity take the worst. docs/results.md tells what 1, 2 and 4 gave."""
SOFTNESS = 0.25
"""Score units over which an impairment fades out near the best score, so that the slope never jumps."""


def pooled(parts: torch.Tensor) -> torch.Tensor:
    """The whole that scores of attributes add up to.

    Args:
        parts: (n, a) scores, 5 is best; values beyond the scale are allowed.

    Returns:
        (n,) scores on the same scale, below 5 and below the worst part; the slope is finite wherever the parts lie.
    """
    impairment = nn.functional.softplus((HIGHEST - parts) / SOFTNESS) * SOFTNESS
    return HIGHEST - torch.linalg.vector_norm(impairment, ord=EXPONENT, dim=1)


@dataclass(frozen=True, eq=False)
class Pooling:
    """Pools what is said in standard deviations, with the last column as the whole.

    Attributes:
        parts: columns of the attributes that take part, at least one.
        mean, deviation: (a,) of each column, in score units.
    """

    parts: list[int]
    mean: torch.Tensor
    deviation: torch.Tensor

    @classmethod
    def of(cls, labels: NDArray[np.float64], mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> "Pooling":
        """Takes the attributes that ``labels``, shape (n, a), hold at all.

        Raises:
            SettingsError: they hold the whole alone.
        """
        parts = np.flatnonzero(np.isfinite(labels[:, :-1]).any(axis=0)).tolist()
        if not parts:
            raise SettingsError(
                "base.tiny.pool is true, but no dataset labels an attribute",
                remedy="Add one that does under ingest.datasets, such as spaq, or set base.tiny.pool to false.",
            )
        return cls(parts, torch.from_numpy(mean).float(), torch.from_numpy(deviation).float())

    def __call__(self, said: torch.Tensor) -> torch.Tensor:
        """The whole, shape (n,), that the attributes in ``said``, shape (n, a), add up to; both in deviations."""
        scores = said[:, self.parts] * self.deviation[self.parts] + self.mean[self.parts]
        return (pooled(scores) - self.mean[-1]) / self.deviation[-1]
