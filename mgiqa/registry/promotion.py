"""What came of asking the gate about a challenger, for people, Dagster and programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mgiqa.records import Decision
from mgiqa.registry.champion import PROMOTED, REFUSED, make_champion, read_championship, refuse
from mgiqa.registry.models import Version
from mgiqa.registry.store import Store

UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Promotion:
    """What came of it.

    Attributes:
        outcome: ``promoted``, ``refused``, or ``unchanged`` where the challenger is champion already.
        model: name of the registered model.
        challenger: number of the version that was to be promoted.
        champion: number of the version that carries the alias champion now; None if none does.
        reasons: why, one sentence each.
        figures: what the reasons rest on.
        doubt: why that version is no champion by the gate; empty if it is.
        page: of the champion's version, relative to the MLflow page; empty if there is none.
    """

    outcome: str
    model: str
    challenger: int
    champion: int | None
    reasons: tuple[str, ...]
    figures: Mapping[str, Any] = field(default_factory=dict)
    doubt: str = ""
    page: str = ""

    @classmethod
    def of(
        cls, store: Store, challenger: Version, outcome: str, reasons: tuple[str, ...], figures: Mapping[str, Any]
    ) -> "Promotion":
        """The outcome, with who is champion now."""
        now = read_championship(store, challenger.name)
        return cls(
            outcome, challenger.name, challenger.number, now.number, reasons, figures, now.doubt, now.facts["page"]
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def carry_out(store: Store, challenger: Version, decision: Decision) -> Promotion:
    """Makes the challenger champion if the gate agreed, and records what it said."""
    if decision.promote:
        make_champion(store, challenger, decision.reasons)
    else:
        refuse(store, challenger, decision.reasons)
    outcome = PROMOTED if decision.promote else REFUSED
    return Promotion.of(store, challenger, outcome, decision.reasons, decision.figures)
