"""Asks the gate in a child process, so that Dagster loads no part of the registry."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.execution import follow

PROMOTED, REFUSED = 0, 3
"""Exit statuses of ``mgiqa promote``: a refusal is an answer and no fault."""


@dataclass(frozen=True)
class Answer:
    """What the gate decided.

    Attributes:
        promoted: whether the challenger is champion now.
        decision: what ``mgiqa promote --json`` printed.
    """

    promoted: bool
    decision: Mapping[str, Any]


class NoAnswerError(Exception):
    """The gate could not be asked; the text is the sentence that says why."""


def ask_gate(root: Path, show: Callable[[str], None]) -> Answer:
    """Runs ``mgiqa promote``.

    Raises:
        NoAnswerError: there is no challenger, or the registry cannot be reached.
    """
    status, lines = follow(("-m", "mgiqa", "promote", "--json"), root, os.environ, show)
    text = "\n".join(lines)
    if status not in (PROMOTED, REFUSED) or "{" not in text:
        raise NoAnswerError(lines[-1].removeprefix("mgiqa: ") if lines else f"mgiqa promote ended with {status}")
    decision, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
    return Answer(status == PROMOTED, decision)
