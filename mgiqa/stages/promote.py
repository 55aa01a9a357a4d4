"""``promote``: the gate decides, on the same images, whether the challenger takes the champion's place.

Never a stage of ``dvc.yaml``, since it changes the world outside the checkout. Whoever calls, the gate is asked again.
"""

from mgiqa.evaluation.comparison.challenge import challenge
from mgiqa.execution.inputs import accept
from mgiqa.integrity.verify import require_sound
from mgiqa.registry.candidate import Candidate, find_challenger
from mgiqa.registry.champion import REFUSED, ROLLED_BACK, read_championship
from mgiqa.registry.promotion import UNCHANGED, Promotion, carry_out
from mgiqa.registry.store import prepare_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace


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
    store, candidate = prepare_store(workspace, settings), Candidate.read(workspace.registry)
    if candidate:
        accept(workspace, workspace.registry, "register")
    challenger = find_challenger(store, settings.register_.model, candidate)
    championship = read_championship(store, challenger.name)
    if championship.holder and championship.gated and championship.gated.number == challenger.number:
        reasons = () if championship.doubt else (f"{challenger} is champion already.",)
        return Promotion.of(store, challenger, UNCHANGED, reasons, {})
    if ROLLED_BACK in challenger.tags and not again:
        reason = f"{challenger} was champion and was rolled back; `mgiqa promote --again` asks the gate nevertheless."
        return Promotion.of(store, challenger, REFUSED, (reason,), {})
    require_sound(workspace, settings, store, [version for version in (challenger, championship.rival) if version])
    decision = challenge(settings, workspace, store, challenger, championship.rival)
    return carry_out(store, challenger, decision)
