"""One thing that is wrong."""

from dataclasses import dataclass
from typing import Literal

Topic = Literal["settings", "model", "hardware", "machine"]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and what to do about it.

    Attributes:
        topic: ``settings`` that contradict each other; a ``model`` that they do not fit; ``hardware`` that is not
            enough; or a ``machine`` on which something is not installed.
        what: one sentence with what was found, without its full stop.
        remedy: one sentence.
        stops: whether a run would end because of it; otherwise it is a warning.
    """

    topic: Topic
    what: str
    remedy: str
    stops: bool = True

    def __str__(self) -> str:
        return f"{self.what}. {self.remedy}"
