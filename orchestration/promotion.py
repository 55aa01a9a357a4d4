"""Asks the gate, and who is champion, in a child process, so that Dagster loads no part of the registry."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.execution import follow

GATE = "gate"
"""Name of the check on the asset `champion`."""
_PROMOTED, _REFUSED = 0, 3
"""Exit statuses of ``mgiqa promote``: a refusal is an answer and no fault."""


@dataclass(frozen=True)
class GateAnswer:
    """What the gate decided.

    Attributes:
        promoted: whether the challenger is champion now.
        decision: what ``mgiqa promote --json`` printed.
    """

    promoted: bool
    decision: Mapping[str, Any]

    @property
    def champion(self) -> "Champion":
        """Who carries the alias after it; there is one if the gate agreed."""
        return Champion(self.decision.get("champion"), {"doubt": self.decision.get("doubt", "")})


@dataclass(frozen=True)
class Champion:
    """Who carries the alias.

    Attributes:
        version: its number; None if none does.
        facts: by what, since when, what the gate decided, and ``doubt`` where the gate did not make it champion.
    """

    version: int | None
    facts: Mapping[str, str]

    @property
    def gated(self) -> bool:
        return not self.facts.get("doubt")

    @property
    def state(self) -> str:
        """The data version of the asset: changes with the version, and with whether the gate stands behind it."""
        return f"{self.version}" if self.gated else f"{self.version} (not gated)"


class NoAnswerError(Exception):
    """The registry could not be asked; the text is the sentence that says why."""


def ask_gate(root: Path, show: Callable[[str], None]) -> GateAnswer:
    """Runs ``mgiqa promote``.

    Raises:
        NoAnswerError: there is no challenger, or the registry cannot be reached.
    """
    status, decision = _ask(root, show, "promote", (_PROMOTED, _REFUSED))
    return GateAnswer(status == _PROMOTED, decision)


def read_champion(root: Path, show: Callable[[str], None] = lambda line: None) -> Champion | None:
    """Runs ``mgiqa models``; None if no version carries the alias.

    Raises:
        NoAnswerError: the registry cannot be reached, or the alias names a version that is not there.
    """
    _, rows = _ask(root, show, "models", (_PROMOTED,))
    return next((Champion(row["version"], row["champion"]) for row in rows if row["champion"]), None)


def _ask(root: Path, show: Callable[[str], None], verb: str, answers: tuple[int, ...]) -> tuple[int, Any]:
    """Exit status of a verb, and what it printed as JSON."""
    status, lines = follow(("-m", "mgiqa", verb, "--json"), root, os.environ, show)
    begin = next((at for at, line in enumerate(lines) if line in ("{", "[", "[]")), None)
    if status not in answers or begin is None:
        raise NoAnswerError(lines[-1].removeprefix("mgiqa: ") if lines else f"mgiqa {verb} ended with {status}")
    content, _ = json.JSONDecoder().raw_decode("\n".join(lines[begin:]))
    return status, content
