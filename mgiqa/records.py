"""What passes between the parts: small frozen records, never bare dictionaries.

Axes have fixed names: ``n`` images, ``k`` answers per image, ``a`` attributes (order of ``mgiqa.attributes.KEYS``).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

SUMMARY = "summary.json"


Span = tuple[int, int]
"""Characters of a text: first, and one after the last."""


@dataclass(frozen=True)
class Answer:
    """One completion, read once: all that is ever asked of its text.

    A completion that cannot be read is counted and shown, never replaced by a number.

    Attributes:
        text: the completion.
        scores: attribute key → score in [1, 5], higher is better; empty where the completion could not be read.
        failure: why it could not be read, in a few words; ``""`` where it could.
        reasoning: attribute key → what was said of it; ``""`` where nothing was.
        strict: whether the text followed the format to the letter, or was recovered from a deviation.
        spans: attribute key → the characters that speak of it: its reasoning without the heading, then its value;
            none, one or both, more where a value is repeated, and whether or not the completion could be read.
    """

    text: str
    scores: Mapping[str, float]
    failure: str
    reasoning: Mapping[str, str]
    strict: bool
    spans: Mapping[str, tuple[Span, ...]]

    @property
    def readable(self) -> bool:
        """Whether there are scores."""
        return not self.failure


@dataclass(frozen=True)
class Decision:
    """What the gate says of a challenger.

    Attributes:
        promote: whether it may become champion.
        reasons: one sentence for each condition that decided, with both values; never empty.
        figures: what the reasons rest on, ready for JSON.
    """

    promote: bool
    reasons: tuple[str, ...]
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """The outcome of one named check, shown in the summary, in Dagster and in the report.

    Attributes:
        name: stable, snake_case; known before the stage runs (``mgiqa.pipeline``).
        passed: whether the check held.
        description: one sentence on what was compared with what, with both values.
        blocking: whether a failure stops what comes next, or only warns.
        tables: titles of the summary's tables that show what it rests on, such as the rows that broke it.
    """

    name: str
    passed: bool
    description: str
    blocking: bool = True
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Summary:
    """What a stage says of its result: written as ``summary.json`` inside its output, read by Dagster and by people.

    It carries no clock time and no identifier that somebody drew, so that equal inputs give equal bytes.

    Attributes:
        stage: name of the stage.
        facts: short name → number or short text.
        tables: title → rows, each a mapping from column to value.
        checks: outcomes, blocking ones first.
        plots: title → image file, relative to the folder of the summary.
        pages: title → HTML file, relative likewise.
    """

    stage: str
    facts: Mapping[str, int | float | str | None] = field(default_factory=dict)
    tables: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    plots: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocked(self) -> list[Check]:
        """The blocking checks that did not pass."""
        return [check for check in self.checks if check.blocking and not check.passed]

    def write(self, folder: Path) -> None:
        """Writes ``summary.json`` into ``folder``, byte for byte the same for the same content."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Summary":
        """Reads the ``summary.json`` of a stage's output folder; what an older one says besides is left out."""
        content = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        content["checks"] = tuple(Check(**{**check, "tables": tuple(check["tables"])}) for check in content["checks"])
        return cls(**{part.name: content[part.name] for part in fields(cls)})


def defined(value: Any) -> Any:
    """``value`` with None in place of every float that is not finite, through mappings, lists and tuples."""
    if isinstance(value, dict):
        return {name: defined(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [defined(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
