"""A simulated panel: several raters with habits, whose votes are the only thing that reaches a label file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scale:
    """What raters write their votes on.

    Attributes:
        lowest, highest: the ends of the scale.
        step: distance between two votes that can be told apart; 0 for a slider.
    """

    lowest: float
    highest: float
    step: float


@dataclass(frozen=True)
class Panel:
    """Raters, each with habits drawn once.

    Attributes:
        bias: shape (raters,), what a rater adds, as a share of the scale.
        gain: shape (raters,), how widely a rater uses the scale around its middle.
        spread: shape (raters,), standard deviation of a rater's slips, as a share of the scale.
    """

    bias: NDArray[np.float64]
    gain: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def drawn(cls, rng: np.random.Generator, raters: int, slip: float) -> "Panel":
        """A panel whose biases cancel out; ``slip`` is the mean of their spreads, as a share of the scale."""
        bias = rng.normal(0, 0.5 * slip, raters)
        return cls(
            bias=bias - bias.mean(),
            gain=rng.uniform(0.8, 1.15, raters),
            spread=slip * rng.uniform(0.65, 1.35, raters),
        )

    def vote(self, truth: float, scale: Scale, rng: np.random.Generator) -> NDArray[np.float64]:
        """Every rater's vote on one image, shape (raters,).

        Args:
            truth: what an unerring observer would say, in [0, 1].
            scale: what the votes are written on; votes beyond its ends are moved to the end.
            rng: source of slips.
        """
        felt = 0.5 + self.gain * (truth - 0.5) + self.bias + self.spread * rng.standard_normal(len(self.bias))
        votes = scale.lowest + np.clip(felt, 0, 1) * (scale.highest - scale.lowest)
        if scale.step:
            votes = scale.lowest + np.rint((votes - scale.lowest) / scale.step) * scale.step
        return votes
