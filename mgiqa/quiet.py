"""Nothing phones home: the switches that keep every tool silent and offline, set before any of them is imported."""

import os
import warnings

SWITCHES = {
    "DVC_NO_ANALYTICS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",  # the word, MLflow ignores "1"
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",  # also those of transformers, one per model that is loaded
    "GX_ANALYTICS_ENABLED": "false",
    "TOKENIZERS_PARALLELISM": "false",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "PYTHONUNBUFFERED": "1",
    "HF_HUB_OFFLINE": "1",
}
"""``HF_HUB_OFFLINE`` keeps a mistyped path from hanging on a dead network; set it to 0 to fetch a model."""

KNOWN = ((FutureWarning, r"`(is_)?gradient_checkpointing` is deprecated and will be removed in v6"),)
"""What transformers says of names that trl still uses; nobody who runs a stage can do anything about it."""


def silence_tools() -> None:
    """Sets every switch that the user has not set, and leaves out the ``KNOWN`` warnings; all others are shown."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
    for kind, beginning in KNOWN:
        warnings.filterwarnings("ignore", beginning, kind)
