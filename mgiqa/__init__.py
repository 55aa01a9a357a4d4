"""MG-IQA: image quality with reasons.

``from mgiqa import Scorer`` loads torch; ``import mgiqa`` alone loads nothing heavy.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mgiqa.scoring.scorer import Score, Scorer

__all__ = ["Score", "Scorer"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'mgiqa' has no attribute {name!r}")
    from mgiqa.scoring import scorer

    return getattr(scorer, name)
