"""What passes between the parts: a file with the hash that it must have, and what was found."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

FOLDER_HASH = ".dir"
"""How DVC ends the hash of a folder; the object of that name lists its files."""

Examined = Literal["data", "cache", "registry"]


@dataclass(frozen=True)
class Expected:
    """A file and the hash that was recorded of it.

    Attributes:
        place: ``data`` (outputs that ``dvc.lock`` names), ``cache`` (DVC's) or ``registry``.
        path: of the file.
        algorithm: ``md5``, which DVC uses, or ``sha256``.
        value: hexadecimal.
        name: for people; the path, if it says enough.
    """

    place: Examined
    path: Path
    algorithm: str
    value: str
    name: str = ""


@dataclass(frozen=True)
class Damage:
    """One thing that is not as it was recorded.

    Attributes:
        place: see ``Expected``.
        name: path, or what else people know it by.
        what: ``has other bytes``, ``is missing``, ``is left over``, or why it cannot be told.
    """

    place: Examined
    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name} {self.what}"


@dataclass(frozen=True)
class Looked:
    """What was looked at in one place.

    Attributes:
        files: number of files that have a recorded hash.
        size: bytes of those that are there.
        notes: what could not be looked at, and why that is no fault.
        faults: what is not as it was recorded.
    """

    files: int = 0
    size: int = 0
    notes: tuple[str, ...] = ()
    faults: tuple[Damage, ...] = ()


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        places: place → what was looked at there.
    """

    places: dict[Examined, Looked] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[Damage, ...]:
        """All faults, place by place."""
        return tuple(fault for looked in self.places.values() for fault in looked.faults)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {place: asdict(looked) for place, looked in self.places.items()}
