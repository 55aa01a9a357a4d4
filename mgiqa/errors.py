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
    └── MissingExtra           an optional package is needed and absent

A message has three parts: what is wrong, what was found, what to do. ``remedy`` holds the third.
"""


class MGIQAError(Exception):
    """Anything that ends in one sentence for the user; ``remedy`` says what to do."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        message = super().__str__().rstrip(".")
        return f"{message}. {self.remedy}".strip() if self.remedy else f"{message}."


class SettingsError(MGIQAError):
    """params.yaml, or a preset, says something impossible."""


class DataError(MGIQAError):
    """A dataset, a label file or an image is not as it must be."""


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


class MissingExtra(MGIQAError):
    """An optional package is needed and absent."""
