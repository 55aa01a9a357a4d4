"""The entry point of Dagster: loads ``orchestration/defs`` and runs steps one after the other, in one process.

Starting a process per step costs more than most stages need when nothing has changed; what needs the GPU runs in a
child process of its own anyhow.
"""

from functools import lru_cache
from pathlib import Path

import dagster as dg

from orchestration.owners import signing_executor


@dg.definitions
def defs() -> dg.Definitions:
    """Everything in ``orchestration/defs``."""
    return _loaded(Path.cwd())


@lru_cache(maxsize=1)
def _loaded(cwd: Path) -> dg.Definitions:
    """The definitions that a process starts with: for one run Dagster asks five times, and each run has its process."""
    loaded = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    return dg.Definitions.merge(loaded, dg.Definitions(executor=signing_executor))
