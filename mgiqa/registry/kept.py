"""Tables that are kept with a version: the scores that it gave to the test images, so that a later challenger can be
compared with it without running it again; and the splits that it was made with, so that nobody is judged on images that
one of the two learned from.
"""

import tempfile
from pathlib import Path

import pandas as pd

from mgiqa.datasets.schema import write_table
from mgiqa.datasets.split.files import SPLITS_FILE
from mgiqa.errors import IntegrityError, RegistryError
from mgiqa.models.digest import file_digest
from mgiqa.registry.candidate import REGISTER_AGAIN
from mgiqa.registry.models import Version
from mgiqa.registry.recorded import EVALUATION_FOLDER, KEPT, away
from mgiqa.registry.store import Store, mlflow_errors

_PREDICTIONS = "overall.parquet"


def keep_predictions(store: Store, version: Version, predictions: pd.DataFrame) -> None:
    """Stores predictions with a version, in place of older ones; see ``mgiqa.evaluation.comparison.score_table``."""
    _keep(store, version, _PREDICTIONS, predictions)


def kept_predictions(store: Store, version: Version) -> pd.DataFrame | None:
    """The predictions that were stored with a version, if any.

    Raises:
        IntegrityError: they are not those that were stored.
    """
    return _kept(store, version, _PREDICTIONS)


def registered_predictions(store: Store, version: Version) -> pd.DataFrame:
    """The predictions that a version was registered with.

    Raises:
        RegistryError: there are none.
        IntegrityError: they are not those that were stored.
    """
    kept = kept_predictions(store, version)
    if kept is None:
        raise RegistryError(f"no predictions are kept with {version}", remedy=REGISTER_AGAIN)
    return kept


def keep_splits(store: Store, version: Version, splits: pd.DataFrame) -> None:
    """Stores the splits that a version was made with; see ``mgiqa.datasets.split.files``."""
    _keep(store, version, SPLITS_FILE, splits)


def kept_splits(store: Store, version: Version) -> pd.DataFrame | None:
    """The splits that a version was made with; None for one that was registered before they were kept.

    Raises:
        IntegrityError: they are not those that were stored.
    """
    return _kept(store, version, SPLITS_FILE)


def _keep(store: Store, version: Version, name: str, table: pd.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as temporary, mlflow_errors(f"store {name} with {version}"):
        folder = Path(temporary) / EVALUATION_FOLDER
        folder.mkdir()
        write_table(table, folder / name)
        store.client.log_model_artifacts(version.model_id, temporary)
        digest = file_digest(folder / name)
        store.client.set_model_version_tag(version.name, str(version.number), f"{KEPT}{name}", digest)


def _kept(store: Store, version: Version, name: str) -> pd.DataFrame | None:
    from mlflow.artifacts import download_artifacts

    with mlflow_errors(f"look for {name} of {version}"):
        kept = [file.path for file in store.client.list_logged_model_artifacts(version.model_id, EVALUATION_FOLDER)]
        if f"{EVALUATION_FOLDER}/{name}" not in kept:
            return None
        location = store.client.get_logged_model(version.model_id).artifact_location
        with tempfile.TemporaryDirectory() as temporary:
            address = f"{location.rstrip('/')}/{EVALUATION_FOLDER}/{name}"
            path = Path(download_artifacts(address, dst_path=temporary, tracking_uri=store.uri))
            now = store.client.get_model_version(version.name, str(version.number)).tags
            if file_digest(path) != now.get(f"{KEPT}{name}"):
                raise IntegrityError(f"{name}, kept with {version}, has other bytes than then", remedy=away(version))
            return pd.read_parquet(path)
