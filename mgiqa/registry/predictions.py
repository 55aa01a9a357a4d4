"""A table that is kept with a version: the scores it gave to the test images, so that a later challenger can be
compared with it without running it again.
"""

import tempfile
from pathlib import Path

import pandas as pd

from mgiqa.registry.models import Version
from mgiqa.registry.store import Store, explained

FOLDER, FILE = "evaluation", "overall.parquet"


def keep_predictions(store: Store, version: Version, predictions: pd.DataFrame) -> None:
    """Stores predictions with a version, in place of older ones."""
    with tempfile.TemporaryDirectory() as temporary, explained(f"store the predictions of {version}"):
        folder = Path(temporary) / FOLDER
        folder.mkdir()
        predictions.to_parquet(folder / FILE, index=False)
        store.client.log_model_artifacts(version.model_id, temporary)


def kept_predictions(store: Store, version: Version) -> pd.DataFrame | None:
    """The predictions that were stored with a version, if any."""
    from mlflow.artifacts import download_artifacts

    with explained(f"look for the predictions of {version}"):
        kept = [file.path for file in store.client.list_logged_model_artifacts(version.model_id, FOLDER)]
        if f"{FOLDER}/{FILE}" not in kept:
            return None
        location = store.client.get_logged_model(version.model_id).artifact_location
        with tempfile.TemporaryDirectory() as temporary:
            address = f"{location.rstrip('/')}/{FOLDER}/{FILE}"
            return pd.read_parquet(download_artifacts(address, dst_path=temporary, tracking_uri=store.uri))
