"""Running means over training steps as a plain value: one goes in, a new one comes out, JSON keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mgiqa.errors import TrainingError


@dataclass(frozen=True)
class Running:
    """Exponentially weighted means, unbiased from the first step on.

        mean = Σ decay^(T - t) x_t / Σ decay^(T - t)

    The sum of weights is kept beside the weighted sum: a mean that started from 0 would be too small for as many steps
    as it remembers.

    Attributes:
        means: key → (weighted sum, sum of weights).

    >>> once = Running().updated({"spread": 2.0}, decay=0.5)
    >>> once.mean("spread"), once.updated({"spread": 5.0}, decay=0.5).mean("spread")  # (0.5 · 2 + 5) / (0.5 + 1)
    (2.0, 4.0)
    """

    means: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def updated(self, observed: Mapping[str, float], decay: float) -> "Running":
        """A new value in which each observed key has moved by one step; the other keys stay. ``decay`` is in [0, 1]."""
        moved = {key: self._moved(key, value, decay) for key, value in observed.items()}
        return Running({**self.means, **moved})

    def _moved(self, key: str, value: float, decay: float) -> tuple[float, float]:
        total, weight = self.means.get(key, (0.0, 0.0))
        return decay * total + value, decay * weight + 1.0

    def mean(self, key: str) -> float:
        """The running mean of a key that was observed at least once.

        Raises:
            KeyError: it never was.
        """
        total, weight = self.means[key]
        return total / weight

    def to_json(self) -> dict[str, list[float]]:
        """Plain lists, for ``json.dumps``."""
        return {key: list(pair) for key, pair in self.means.items()}

    @classmethod
    def from_json(cls, content: Mapping[str, list[float]]) -> "Running":
        """The inverse of ``to_json``.

        Raises:
            TrainingError: the content is not what ``to_json`` writes.
        """
        try:
            return cls({str(key): (float(total), float(weight)) for key, (total, weight) in content.items()})
        except (AttributeError, TypeError, ValueError) as fault:
            raise TrainingError(
                f"the running means of the rewards cannot be read: {fault}", remedy="Use an earlier checkpoint."
            ) from fault
