"""Where runs and models are recorded."""

from mgiqa.settings.section import Section


class Tracking(Section):
    """MLflow."""

    uri: str = ""
    """Address of an MLflow server; empty for the local SQLite database in ``.mlflow/``."""
    experiment: str = "mgiqa"
    """Experiment that runs are filed under."""
