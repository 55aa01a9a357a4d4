"""How a finished policy enters the registry."""

from mgiqa.names import Name
from mgiqa.settings.section import Section


class Register(Section):
    """The registered model."""

    model: Name = "mgiqa"
    """Name in the MLflow model registry."""
