"""The MLflow pages over the local store: how to start their server, on this machine only."""

import os
import sys

from mgiqa.errors import RegistryError
from mgiqa.quiet import SWITCHES
from mgiqa.registry.locations import ARTIFACTS
from mgiqa.registry.runs import reconcile
from mgiqa.registry.store import TRAINING_PAGES, prepare_store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

_NAMES = [f"{name}{port}" for name in ("127.0.0.1", "localhost") for port in ("", ":*")]
"""What the page is called; by default it also answers to `10.*` and the like, and so to a name such as 10.evil.net."""
START = f"/#/experiments{TRAINING_PAGES}"
"""The page to open first, below the address of MLflow."""
PAGE_VARIABLE = "MGIQA_MLFLOW_PAGE"
"""Environment variable with the address of the local pages, for processes that link to them."""


def ui_command(workspace: Workspace, settings: Settings, port: int) -> list[str]:
    """The command that serves the local store at ``http://127.0.0.1:<port>``.

    It makes the store if it is missing, and marks the runs of killed processes, so that the pages tell the truth. One
    worker: four, the default, take a gigabyte and 20 seconds longer to start.

    Raises:
        RegistryError: the settings name a server, which has pages of its own.
    """
    if settings.tracking.uri:
        raise RegistryError(
            f"runs are recorded on {settings.tracking.uri}, which serves its own pages", remedy="Open that address."
        )
    store = prepare_store(workspace, settings)
    reconcile(store)
    return [
        sys.executable, "-m", "mlflow", "server",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--allowed-hosts", ",".join(_NAMES),
        "--backend-store-uri", store.uri,
        "--artifacts-destination", (workspace.tracking / ARTIFACTS).as_uri(),
    ]  # fmt: skip


def environment() -> dict[str, str]:
    """The environment to start it in: no telemetry and no job runners, whose seven processes nobody here needs."""
    return {**os.environ, **SWITCHES}


def page_address(settings: Settings) -> str:
    """Address of the MLflow pages: the server of the settings, or the local one that ``mgiqa ui`` has started."""
    return settings.tracking.uri or os.environ.get(PAGE_VARIABLE, "http://127.0.0.1:5000")
