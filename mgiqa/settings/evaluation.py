"""How models are scored on the test split, and what the report shows."""

from typing import Self

from pydantic import Field, model_validator

from mgiqa.names import Name
from mgiqa.settings.section import Section


class Evaluate(Section):
    """Inference and statistics of the benchmark."""

    datasets: list[Name] = Field([])
    """Datasets whose test split is scored; empty for all. Figures compare only over the same list."""
    batch: int = Field(256, ge=1)
    """Answers written together; of influence on speed and memory only."""
    processes: int = Field(1, ge=1)
    """Processes that share the images, each on a GPU of its own if there are any."""
    answers: int = Field(4, ge=1)
    """Answers per image; a score is their mean, and their spread says how sure it is."""
    temperature: float = Field(0.8, ge=0)
    """Of the draws; 0 takes the likeliest answer, and suits one answer only."""
    max_tokens: int = Field(64, ge=1)
    """Longest answer; a longer one is cut, cannot be read, and counts as a failure."""
    resamples: int = Field(1000, ge=100)
    """Bootstrap resamples, over contents."""
    max_failures: float = Field(0.05, ge=0, le=1)
    """Share of the policy's answers that may be unreadable before the check fails."""

    @model_validator(mode="after")
    def _draws_differ(self) -> Self:
        if self.answers > 1 and self.temperature == 0:
            raise ValueError(f"{self.answers} answers at temperature 0 would all be the same; raise the temperature")
        return self


class Report(Section):
    """The HTML page."""

    gallery: int = Field(12, ge=0, le=100)
    """Images in the gallery with their answers."""
