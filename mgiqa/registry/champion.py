"""Who is champion: the alias moves, and every move is written on the versions that it concerns.

Tags of a version: ``decision`` (promoted, refused), ``decision.reasons``, ``decision.at``, and, once champion,
``previous_champion`` (its number, or ``none``); ``rolled_back`` (the number of the version that took its place again)
after a roll-back. The model itself carries ``restored_champion`` while the last move was a roll-back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mgiqa.errors import RegistryError
from mgiqa.registry.models import CHALLENGER, CHAMPION, Version, champion, find_alias, find_version
from mgiqa.registry.store import Store, explained

PROMOTED, REFUSED = "promoted", "refused"
PREVIOUS, ROLLED_BACK, RESTORED = "previous_champion", "rolled_back", "restored_champion"
NOBODY = "none"
LONGEST_TAG = 5000


@dataclass(frozen=True)
class RollBack:
    """What a roll-back did.

    Attributes:
        left: the version that was champion; None if nothing was left to undo.
        restored: the version that is champion now.
    """

    left: Version | None
    restored: Version


def set_challenger(store: Store, version: Version) -> Version:
    """Moves the alias ``challenger`` to ``version``."""
    with explained(f"make {version} challenger"):
        store.client.set_registered_model_alias(version.name, CHALLENGER, str(version.number))
    return replace(version, aliases=tuple(sorted({*version.aliases, CHALLENGER})))


def promote(store: Store, version: Version, reasons: Sequence[str]) -> Version | None:
    """Makes ``version`` champion, and records why; the gate must have been asked before.

    Returns:
        The champion that it replaces, if there was one.
    """
    previous = find_alias(store, version.name, CHAMPION)
    _record(store, version, PROMOTED, reasons)
    _tag(store, version, {PREVIOUS: str(previous.number) if previous else NOBODY})
    with explained(f"promote {version}"):
        if ROLLED_BACK in version.tags:
            store.client.delete_model_version_tag(version.name, str(version.number), ROLLED_BACK)
        store.client.set_registered_model_alias(version.name, CHAMPION, str(version.number))
        if _restored(store, version.name):
            store.client.delete_registered_model_tag(version.name, RESTORED)
    return previous


def refuse(store: Store, version: Version, reasons: Sequence[str]) -> None:
    """Records that the gate refused ``version``, and why; no alias moves."""
    _record(store, version, REFUSED, reasons)


def roll_back(store: Store, name: str, to: int | None = None) -> RollBack:
    """Undoes the last promotion: the champion before becomes champion again.

    Doing it again changes nothing: what a roll-back restored was not promoted, so there is nothing more to undo.

    Args:
        store: where the versions are.
        name: of the registered model.
        to: another former champion to go back to.

    Raises:
        RegistryError: there is no champion, none to go back to, or ``to`` never was champion.
    """
    left = champion(store, name)
    number = str(to or left.tags.get(PREVIOUS, NOBODY))
    if number == str(left.number) or (to is None and _restored(store, name) == str(left.number)):
        return RollBack(None, left)
    restored = _former_champion(store, left, number)
    with explained(f"roll back to {restored}"):
        store.client.set_registered_model_alias(name, CHAMPION, number)
        store.client.set_registered_model_tag(name, RESTORED, number)
    _tag(store, left, {ROLLED_BACK: number})
    return RollBack(left, restored)


def _former_champion(store: Store, left: Version, number: str) -> Version:
    if number == NOBODY:
        raise RegistryError(
            f"{left} is the first champion, so there is none to go back to", remedy="Register and promote another."
        )
    found = find_version(store, left.name, int(number))
    if found is None or PREVIOUS not in found.tags:
        state = "was deleted, or never was" if found is None else "never was champion"
        raise RegistryError(
            f"version {number} of {left.name} {state}", remedy="`mgiqa models` lists those that were champion."
        )
    return found


def _restored(store: Store, name: str) -> str:
    """The number of the version that a roll-back made champion, if the last move was one."""
    with explained(f"read the model {name}"):
        return str(store.client.get_registered_model(name).tags.get(RESTORED, ""))


def _record(store: Store, version: Version, decision: str, reasons: Sequence[str]) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _tag(store, version, {"decision": decision, "decision.at": now, "decision.reasons": " ".join(reasons)})


def _tag(store: Store, version: Version, tags: Mapping[str, str]) -> None:
    with explained(f"tag {version}"):
        for key, value in tags.items():
            store.client.set_model_version_tag(version.name, str(version.number), key, value[:LONGEST_TAG])
