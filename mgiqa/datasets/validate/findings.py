"""What came of a dataset's suite: one record per expectation, and which rows are set aside for which reason."""

from dataclasses import dataclass

import pandas as pd

AND = "; "
"""Between the reasons for which one row is set aside."""
OF_IMAGE = "image: "
"""Before a reason that is the fault of one image, in a sentence of its own."""


@dataclass(frozen=True)
class Finding:
    """What came of one expectation. It holds no time and no random id, so that equal data gives equal findings.

    Attributes:
        rule: stable name.
        expectation: its type in Great Expectations.
        sentence: what it expects, in the words of Great Expectations.
        column: what it looks at; ``""`` for the whole table.
        severity: ``critical`` or ``warning``.
        about_rows: whether rows that break it are set aside.
        passed: whether it held.
        unexpected: number of rows that break it, where it counts rows.
        observed: what was found, where it is about the whole table.
        examples: ids of the first rows that break it.
        values: what stands in its column in these rows, in the same order.
    """

    rule: str
    expectation: str
    sentence: str
    column: str
    severity: str
    about_rows: bool
    passed: bool
    unexpected: int
    observed: str
    examples: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def blocks(self) -> bool:
        return not self.passed and self.severity == "critical" and not self.about_rows

    @property
    def outcome(self) -> str:
        """What came of it, in a word or two."""
        return "held" if self.passed else "rows set aside" if self.about_rows else self.severity.upper()

    @property
    def broken_by(self) -> str:
        """Rows that break it, or what was found of the whole table; empty where it held."""
        return str(self.unexpected) if self.unexpected else "" if self.passed else self.observed


@dataclass(frozen=True)
class Verdict:
    """The outcome for one dataset.

    Attributes:
        clean: rows that break nothing.
        quarantine: the others, with the column ``reason``: every reason, in order, separated by a semicolon.
        findings: one per expectation, sorted by rule.
    """

    clean: pd.DataFrame
    quarantine: pd.DataFrame
    findings: tuple[Finding, ...]

    def reasons(self) -> dict[str, tuple[str, ...]]:
        """Reason → ids of its rows, the most frequent first; all images that do not open have one reason."""
        named: dict[str, list[str]] = {}
        for row, reasons in zip(self.quarantine["image_id"], self.quarantine["reason"], strict=True):
            for reason in reasons.split(AND):
                named.setdefault("its image does not open" if reason.startswith(OF_IMAGE) else reason, []).append(
                    str(row)
                )
        return {
            reason: tuple(rows) for reason, rows in sorted(named.items(), key=lambda item: (-len(item[1]), item[0]))
        }
