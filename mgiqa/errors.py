"""Everything that MG-IQA refuses, as one tree.

    MGIQAError                 anything that ends in one sentence for the user
    ├── SettingsError          params.yaml, or a preset, says something impossible
    ├── DataError              a dataset, a label file or an image is not as it must be
    │   ├── SourceError        the source of a dataset cannot be found, opened or trusted
    │   ├── LabelError         a label file has the wrong form, columns or values
    │   └── ImageError         an image cannot be read, or is refused for its size
    ├── StageError             a stage cannot start, or must not finish
    │   ├── MissingInput       what an earlier stage makes is not there
    │   ├── StageBusy          another process is making the same result
    │   ├── InputChanged       inputs changed while the stage ran, so its result belongs to neither version
    │   └── GateRefused        a check that blocks did not pass
    ├── TrainingError          training cannot go on (not a number, collapse)
    ├── RegistryError          a model or run is not where the registry says
    ├── MachineError           the machine cannot: its disk, its memory, a damaged database
    │   └── NotPermitted       this user may not read or write there
    ├── Busy                   another process uses what is needed
    ├── IntegrityError         bytes are not those that were recorded, or evidence is of something else
    └── MissingExtra           an optional package is needed and absent

A message has three parts: what is wrong, what was found, what to do. ``remedy`` holds the third. Exit statuses are
those of ``sysexits.h``, where it has one; docs/guides/operate.md lists them.
"""

import reprlib
from collections.abc import Sequence

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80
_SHORT.maxlevel = 3


def shown(value: object) -> str:
    """A value as a sentence quotes it: cut, if it is long or deep."""
    return _SHORT.repr(value)


def few(words: Sequence[str], told: int = 3) -> str:
    """The first of some words, and how many there are besides."""
    return ", ".join([*words[:told], *([f"and {len(words) - told} more"] if len(words) > told else [])])


def printable(text: str) -> str:
    """A text in marks that can be printed; the others are written as Python writes them."""
    return "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in text)


class MGIQAError(Exception):
    """Anything that ends in one sentence for the user; ``remedy`` says what to do."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        message = super().__str__().rstrip(".")
        text = f"{message}. {self.remedy}".strip() if self.remedy else f"{message}."
        return printable("".join(" " if mark.isspace() else mark for mark in text))


class SettingsError(MGIQAError):
    """params.yaml, or a preset, says something impossible."""

    exit_code = 78


class DataError(MGIQAError):
    """A dataset, a label file or an image is not as it must be."""

    exit_code = 65


class SourceError(DataError):
    """The source of a dataset cannot be found, opened or trusted."""


class LabelError(DataError):
    """A label file has the wrong form, columns or values."""


class ImageError(DataError):
    """An image cannot be read, or is refused for its size."""


class StageError(MGIQAError):
    """A stage cannot start, or must not finish."""


class MissingInput(StageError):
    """What an earlier stage makes is not there."""

    exit_code = 66


class StageBusy(StageError):
    """Another process is making the same result."""

    exit_code = 75


class InputChanged(StageError):
    """Inputs changed while the stage ran, so its result belongs to neither version."""

    exit_code = 75


class GateRefused(StageError):
    """A check that blocks did not pass."""


class TrainingError(MGIQAError):
    """Training cannot go on: a value is not a number, or the answers have collapsed."""


class RegistryError(MGIQAError):
    """A model or a run is not where the registry says."""


class MachineError(MGIQAError):
    """The machine cannot do it: its disk, its memory, a damaged database."""

    exit_code = 74


class NotPermitted(MachineError):
    """This user may not read or write there."""

    exit_code = 77


class Busy(MGIQAError):
    """Another process uses what is needed."""

    exit_code = 75


class IntegrityError(MGIQAError):
    """Bytes are not those that were recorded: they were exchanged, or have rotted; or evidence is of something else."""

    exit_code = 65


class MissingExtra(MGIQAError):
    """An optional package is needed and absent."""

    exit_code = 69
