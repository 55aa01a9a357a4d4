"""Who is champion, and whether the gate made it so.

Anybody can move an alias, in MLflow's page or by its client. So what promotions and roll-backs do is written in tags,
and a champion that they did not make is told apart.

Tags of a version: ``decision`` (promoted, refused), ``decision.reasons``, ``decision.at``, and, once champion,
``champion.since`` and ``previous_champion`` (its number, or ``none``); ``rolled_back`` (the number of the version that
took its place again) after a roll-back. Tags of the model itself: ``gated_champion``, the number that the last
promotion or roll-back made champion, and ``restored_champion``, the same while it was a roll-back.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from mgiqa.errors import RegistryError
from mgiqa.registry.models import (
    CHALLENGER,
    CHAMPION,
    Version,
    carrier,
    read_model,
    versions,
)
from mgiqa.registry.recorded import listed_weights
from mgiqa.registry.store import Store, mlflow_errors, prepare_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

_LOG = logging.getLogger(__name__)

PROMOTED, REFUSED = "promoted", "refused"
DECISION, REASONS, DECIDED_AT = "decision", "decision.reasons", "decision.at"
PREVIOUS, SINCE, ROLLED_BACK = "previous_champion", "champion.since", "rolled_back"
GATED, _RESTORED = "gated_champion", "restored_champion"
NOBODY = "none"
LONGEST_TAG = 5000


@dataclass(frozen=True)
class Championship:
    """Who is called champion beside whom the gate made champion.

    Attributes:
        holder: the version that carries the alias; None if none does.
        gated: the version that the last promotion or roll-back made champion; None if none did, or it was deleted and
            there was none before.
        restored: whether that was a roll-back.
    """

    holder: Version | None
    gated: Version | None
    restored: bool = False

    @property
    def number(self) -> int | None:
        """Number of the holder."""
        return self.holder.number if self.holder else None

    @property
    def facts(self) -> dict[str, str]:
        """Who the holder is and how it came to be it, for programs: ``model``, ``digest``, ``page`` (below MLflow),
        ``by``, ``since``, ``decision``, ``reasons`` and ``doubt``; the first three are empty where nobody holds it.
        """
        tags = self.holder.tags if self.holder else {}
        by = "hand" if self.doubt else "roll-back" if self.restored else "promotion"
        names = {"since": SINCE, "decision": DECISION, "reasons": REASONS}
        who = self.holder
        return {
            "model": who.name if who else "",
            "digest": who.digest if who else "",
            "page": who.link if who else "",
            "by": by,
            **{name: tags.get(tag, "") for name, tag in names.items()},
            "doubt": self.doubt,
        }

    @property
    def rival(self) -> Version | None:
        """Whom a challenger must not be worse than; None where it would be the first champion."""
        return self.gated if self.holder else None

    @property
    def doubt(self) -> str:
        """Why the holder is no champion by the gate, and what to do; empty if it is, or if there is none."""
        if self.holder is None or (self.gated and self.gated.number == self.holder.number):
            return ""
        if self.gated:
            back = f"`mgiqa rollback` makes version {self.gated.number} champion again"
        else:
            back = "or take the alias off it in MLflow's page"
        return (
            f"{self.holder} carries the alias champion and is not gated: {_past(self.holder)}. "
            f"`mgiqa promote` asks the gate about the challenger; {back}."
        )


@dataclass(frozen=True)
class RollBack:
    """What a roll-back did.

    Attributes:
        left: the version that was champion; None if nothing was left to undo, or nobody was.
        restored: the version that is champion now.
        changed: whether the alias moved.
    """

    left: Version | None
    restored: Version
    changed: bool


def name_aliases(version: Version, doubt: str) -> tuple[str, ...]:
    """The aliases of a version in words, where ``doubt`` is that of the championship."""
    not_gated = f"{CHAMPION} (not gated)"
    return tuple(not_gated if doubt and alias == CHAMPION else alias for alias in version.aliases)


def read_championship(store: Store, name: str) -> Championship:
    """Who is champion of the model ``name``; nobody if no model has that name.

    Raises:
        RegistryError: the alias names a version that is not there.
    """
    known, (aliases, tags) = versions(store, name), read_model(store, name)
    return _championship(carrier(name, CHAMPION, aliases, known), tags, known)


def aliased_champion(store: Store, name: str) -> Version:
    """The version that carries the alias, gated or not.

    Raises:
        RegistryError: no version is champion yet, or the alias names one that is not there.
    """
    return _holder(read_championship(store, name), name)


def champion_folder(workspace: Workspace, settings: Settings) -> Path:
    """A local folder with the model of the champion, for ``Scorer``; warns where the gate did not make it champion.

    Raises:
        RegistryError: there is no champion, or its files are gone.
        IntegrityError: the folder holds another model than was registered.
    """
    store, name = prepare_store(workspace, settings), settings.register_.model
    championship = read_championship(store, name)
    if championship.doubt:
        _LOG.warning("%s", championship.doubt)
    return listed_weights(workspace, store, _holder(championship, name))


def set_challenger(store: Store, version: Version) -> Version:
    """Moves the alias ``challenger`` to ``version``."""
    with mlflow_errors(f"make {version} challenger"):
        store.client.set_registered_model_alias(version.name, CHALLENGER, str(version.number))
    return replace(version, aliases=tuple(sorted({*version.aliases, CHALLENGER})))


def make_champion(store: Store, version: Version, reasons: Sequence[str]) -> None:
    """Makes ``version`` champion, and records why; the gate must have been asked before."""
    before = read_championship(store, version.name).gated
    _record(store, version, PROMOTED, reasons)
    if before is None or before.number != version.number:
        _tag(store, version, {PREVIOUS: str(before.number) if before else NOBODY})
    _crown(store, version, restored=False)


def refuse(store: Store, version: Version, reasons: Sequence[str]) -> None:
    """Records that the gate refused ``version``, and why; no alias moves."""
    _record(store, version, REFUSED, reasons)


def roll_back(store: Store, name: str, to: int | None = None) -> RollBack:
    """Makes the last champion of the gate champion again, or undoes the last promotion where that one is in place.

    Doing it again changes nothing: what a roll-back restored was not promoted, so there is nothing more to undo.

    Args:
        store: where the versions are.
        name: of the registered model.
        to: another former champion to go back to.

    Raises:
        RegistryError: there is none to go back to, or ``to`` never was champion by the gate.
    """
    known, (aliases, tags) = versions(store, name), read_model(store, name)
    holder = next((one for one in known if str(one.number) == aliases.get(CHAMPION)), None)
    championship = _championship(holder, tags, known)
    restored = _former(name, to, known) if to else _before(championship, name, known)
    if championship.holder and not championship.doubt and restored.number == championship.holder.number:
        return RollBack(None, restored, changed=False)
    if championship.gated and championship.gated.number != restored.number:
        _tag(store, championship.gated, {ROLLED_BACK: str(restored.number)})
    _crown(store, restored, restored=True)
    return RollBack(holder, restored, changed=True)


def _championship(holder: Version | None, tags: Mapping[str, str], known: Sequence[Version]) -> Championship:
    restored = tags.get(_RESTORED, "")
    recorded = tags.get(GATED, restored)
    crowned = [version for version in known if PREVIOUS in version.tags]
    gated = next((version for version in crowned if str(version.number) == recorded), None)
    if gated is None:  # it was deleted, or was promoted before this was recorded
        standing = [version for version in crowned if ROLLED_BACK not in version.tags]
        gated = max(standing, key=lambda version: version.tags.get(DECIDED_AT, ""), default=None)
    return Championship(holder, gated, gated is not None and restored == str(gated.number))


def _holder(championship: Championship, name: str) -> Version:
    if championship.holder is None:
        remedy = "Train and register one with `dvc repro`, then run `mgiqa promote`; or name a folder with --model."
        if championship.gated:
            remedy = (
                f"The alias was taken off: `mgiqa rollback` makes version {championship.gated.number} champion again."
            )
        raise RegistryError(
            f"no version of {name} is champion{' now' if championship.gated else ' yet'}", remedy=remedy
        )
    return championship.holder


def _past(version: Version) -> str:
    """What the gate, or a roll-back, said of a version that somebody made champion by hand."""
    if ROLLED_BACK in version.tags:
        return "it was rolled back"
    decision = version.tags.get(DECISION)
    if decision == REFUSED:
        return f"the gate refused it ({version.tags.get(REASONS, '').rstrip('.')})"
    return "the gate chose another after it" if decision == PROMOTED else "the gate was never asked about it"


def _before(championship: Championship, name: str, known: Sequence[Version]) -> Version:
    """Whom a roll-back restores where nobody is named."""
    if championship.gated is None:
        raise RegistryError(
            f"the gate has promoted no version of {name}, so there is none to go back to",
            remedy="Ask it about one with `mgiqa promote`, or take the alias champion off in MLflow's page.",
        )
    in_place = championship.holder is not None and not championship.doubt
    if not in_place or championship.restored:
        return championship.gated
    if championship.gated.tags[PREVIOUS] == NOBODY:
        raise RegistryError(
            f"{championship.gated} is the first champion, so there is none to go back to",
            remedy="Register and promote another.",
        )
    return _former(name, int(championship.gated.tags[PREVIOUS]), known)


def _former(name: str, number: int, known: Sequence[Version]) -> Version:
    version = next((version for version in known if version.number == number), None)
    if version is None or PREVIOUS not in version.tags:
        state = "was deleted, or never was" if version is None else "never was champion by the gate"
        raise RegistryError(
            f"version {number} of {name} {state}", remedy="`mgiqa models` lists those that were promoted."
        )
    return version


def _crown(store: Store, version: Version, *, restored: bool) -> None:
    """The alias moves last: whoever is killed before has `mgiqa rollback` finish what the tags say."""
    name, number = version.name, str(version.number)
    _tag(store, version, {SINCE: _now()})
    with mlflow_errors(f"make {version} champion"):
        if ROLLED_BACK in version.tags:
            store.client.delete_model_version_tag(name, number, ROLLED_BACK)
        store.client.set_registered_model_tag(name, GATED, number)
        store.client.set_registered_model_tag(name, _RESTORED, number if restored else NOBODY)
        store.client.set_registered_model_alias(name, CHAMPION, number)


def _record(store: Store, version: Version, decision: str, reasons: Sequence[str]) -> None:
    _tag(store, version, {DECISION: decision, DECIDED_AT: _now(), REASONS: " ".join(reasons)})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _tag(store: Store, version: Version, tags: Mapping[str, str]) -> None:
    with mlflow_errors(f"tag {version}"):
        for key, value in tags.items():
            store.client.set_model_version_tag(version.name, str(version.number), key, value[:LONGEST_TAG])
