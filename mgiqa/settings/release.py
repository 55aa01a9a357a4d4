"""How a finished policy enters the registry, what it must pass to be promoted, and where that is recorded."""

from pydantic import Field

from mgiqa.names import Name
from mgiqa.settings.section import Section


class Register(Section):
    """The registered model."""

    model: Name = "mgiqa"
    """Name in the MLflow model registry."""


class Promote(Section):
    """Limits of the gate; every comparison is paired, on the same images."""

    max_failures: float = Field(0.01, ge=0, le=1)
    """Share of the images for which the challenger may have no readable answer."""
    min_images: int = Field(30, ge=3)
    """Test images that a comparison needs from which neither model learned; others are left out."""
    min_srcc: float = Field(0.3, ge=-1, le=1)
    """Overall SRCC, mean over datasets, that the first champion must reach, having nobody to beat."""
    max_regression: float = Field(0.0, ge=0, le=1)
    """By how much overall SRCC, mean over datasets, may fall against the champion."""
    confidence: float = Field(0.9, gt=0.5, lt=1)
    """Share of paired bootstrap resamples in which the challenger must not be worse by more than that."""
    resamples: int = Field(1000, ge=100)
    """Paired bootstrap resamples, over contents."""


class Tracking(Section):
    """MLflow."""

    uri: str = ""
    """Address of an MLflow server; empty for the local SQLite database in ``.mlflow/``."""
    experiment: Name = "mgiqa"
    """Experiment that runs are filed under."""
