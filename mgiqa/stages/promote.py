"""``promote``: the gate decides, on the same images, whether the challenger takes the champion's place.

Never a stage of ``dvc.yaml``, since it changes the world outside the checkout. Whoever calls, the gate is asked again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from mgiqa.errors import RegistryError
from mgiqa.evaluation.comparison.champion_scores import champion_scores
from mgiqa.evaluation.comparison.gate import decide
from mgiqa.evaluation.comparison.leakage import Side, unlearned
from mgiqa.execution.inputs import accept
from mgiqa.integrity.verify import require_sound
from mgiqa.records import Decision
from mgiqa.registry.candidate import REGISTER_AGAIN, Candidate
from mgiqa.registry.champion import (
    PROMOTED,
    REFUSED,
    ROLLED_BACK,
    make_champion,
    read_championship,
    refuse,
    set_challenger,
)
from mgiqa.registry.kept import kept_predictions, kept_splits
from mgiqa.registry.models import CHALLENGER, Version, find_alias
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

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

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def run(settings: Settings, workspace: Workspace, *, again: bool = False) -> Promotion:
    """Asks the gate about the challenger, and makes it champion if the gate agrees.

    The challenger is the version that this checkout registered last, or the one with that alias where it registered
    none. It is compared with the last champion that the gate itself made, whoever carries the alias; that one is scored
    anew where its kept predictions lack an image that the challenger was scored on. Images from which one of the two
    learned are left out.

    Args:
        settings: ``promote`` holds the limits of the gate.
        workspace: holds the test images, if they are needed.
        again: whether a version that was rolled back may be asked about.

    Raises:
        RegistryError: there is no challenger, or the registry and this checkout do not agree.
        GateRefused: a check of its registration did not pass.
        IntegrityError: an output, an object of DVC's cache, or a file of the challenger or the champion is not as it
            was recorded.
        DataError: the champion must be scored anew and the images are not there.
    """
    store = prepare_store(workspace, settings)
    challenger = _challenger(settings, workspace, store)
    championship = read_championship(store, challenger.name)
    if championship.holder and championship.gated and championship.gated.number == challenger.number:
        return _told(
            store, challenger, UNCHANGED, () if championship.doubt else (f"{challenger} is champion already.",)
        )
    if ROLLED_BACK in challenger.tags and not again:
        reason = f"{challenger} was champion and was rolled back; `mgiqa promote --again` asks the gate nevertheless."
        return _told(store, challenger, REFUSED, (reason,))
    require_sound(workspace, settings, store, [version for version in (challenger, championship.rival) if version])
    scores = _predictions(store, challenger)
    rival = Side(str(championship.rival), kept_splits(store, championship.rival)) if championship.rival else None
    fair = unlearned(scores, Side(str(challenger), kept_splits(store, challenger)), rival, settings.promote.min_images)
    if isinstance(fair, Decision):
        decision = fair
    else:
        theirs = (
            champion_scores(settings, workspace, store, championship.rival, fair.images) if championship.rival else None
        )
        decision = fair.told(decide(fair.images, theirs, settings.promote, settings.seed))
    if decision.promote:
        make_champion(store, challenger, decision.reasons)
    else:
        refuse(store, challenger, decision.reasons)
    outcome = PROMOTED if decision.promote else REFUSED
    return _told(store, challenger, outcome, decision.reasons, decision.figures)


def _told(
    store: Store, challenger: Version, outcome: str, reasons: tuple[str, ...], figures: Mapping[str, Any] | None = None
) -> Promotion:
    """What came of it, with who is champion now."""
    now = read_championship(store, challenger.name)
    return Promotion(
        outcome, challenger.name, challenger.number, now.number, reasons, figures or {}, now.doubt, now.facts["page"]
    )


def _challenger(settings: Settings, workspace: Workspace, store: Store) -> Version:
    name = settings.register_.model
    candidate = Candidate.read(workspace.registry)
    if candidate is None:
        version = find_alias(store, name, CHALLENGER)
        if version is None:
            raise RegistryError(f"{name} has no challenger", remedy="Train and register one with: dvc repro register")
        return version
    accept(workspace, workspace.registry, "register")
    version = candidate.find(store)
    return version if CHALLENGER in version.aliases else set_challenger(store, version)


def _predictions(store: Store, version: Version) -> pd.DataFrame:
    kept = kept_predictions(store, version)
    if kept is None:
        raise RegistryError(f"no predictions are kept with {version}", remedy=REGISTER_AGAIN)
    return kept
