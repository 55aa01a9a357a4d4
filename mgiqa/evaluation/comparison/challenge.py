"""A challenger beside the champion: the gate is asked about the images from which neither learned."""

from mgiqa.evaluation.comparison.champion_scores import champion_scores
from mgiqa.evaluation.comparison.gate import decide
from mgiqa.evaluation.comparison.leakage import Side, unlearned
from mgiqa.records import Decision
from mgiqa.registry.kept import kept_splits, registered_predictions
from mgiqa.registry.models import Version
from mgiqa.registry.store import Store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace


def challenge(
    settings: Settings, workspace: Workspace, store: Store, challenger: Version, champion: Version | None
) -> Decision:
    """What the gate says of ``challenger``; ``champion`` is None where it would be the first.

    Raises:
        RegistryError: no predictions are kept with the challenger.
        IntegrityError: what is kept with one of the two has other bytes than then.
        DataError: the champion must be scored anew and the images are not there.
    """
    asked = registered_predictions(store, challenger)
    rival = _side(store, champion) if champion else None
    fair = unlearned(asked, _side(store, challenger), rival, settings.promote.min_images)
    if isinstance(fair, Decision):
        return fair
    theirs = champion_scores(settings, workspace, store, champion, fair.images) if champion else None
    return fair.told(decide(fair.images, theirs, settings.promote, settings.seed))


def _side(store: Store, version: Version) -> Side:
    return Side(str(version), kept_splits(store, version))
