"""Where runs and models are recorded."""

from mgiqa.names import Name
from mgiqa.settings.section import Section


class Tracking(Section):
    """MLflow."""

    uri: str = ""
    """Address of an MLflow server; empty for the local SQLite database in ``.mlflow/``."""
    experiment: Name = "mgiqa"
    """Experiment that runs are filed under."""
