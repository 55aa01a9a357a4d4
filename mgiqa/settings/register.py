"""How a finished policy enters the registry."""

from mgiqa.settings.section import Section


class Register(Section):
    """The registered model."""

    model: str = "mgiqa"
    """Name in the MLflow model registry."""
