"""What is told of a training's run to people: where it came from, with which settings, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mgiqa.registry.ending import KILLED, RUN_FAILED
from mgiqa.registry.run import DIGEST
from mgiqa.registry.store import Store, mlflow_errors


@dataclass(frozen=True)
class RecordedRun:
    """One run as the store has it.

    Attributes:
        id: its identifier.
        commit: of the code; empty where it ran outside a repository.
        changed: whether code or settings differed from the commit.
        params: dotted name of a setting → its value.
        status: MLflow's: ``RUNNING``, ``FINISHED``, ``FAILED`` or ``KILLED``.
        reason: what ended it, if it did not finish.
    """

    id: str
    commit: str
    changed: bool
    params: Mapping[str, str]
    status: str
    reason: str

    @property
    def came_to_nothing(self) -> bool:
        """Whether it ended without a model."""
        return self.status in (RUN_FAILED, KILLED)


def run_of_model(store: Store, digest: str) -> RecordedRun | None:
    """The last run that made the model of that digest; None where the store knows none."""
    return _last(store, f"tags.{DIGEST} = '{digest}'")


def last_run(store: Store) -> RecordedRun | None:
    """The run that was begun last; None where there is none."""
    return _last(store, "")


def _last(store: Store, which: str) -> RecordedRun | None:
    with mlflow_errors("look for a run"):
        runs = store.client.search_runs(
            [store.experiment_id], which, max_results=1, order_by=["attributes.start_time DESC"]
        )
    return _recorded(runs[0]) if runs else None


def _recorded(run: Any) -> RecordedRun:
    tags: Mapping[str, str] = run.data.tags
    return RecordedRun(
        run.info.run_id,
        tags.get("mlflow.source.git.commit", ""),
        tags.get("git.dirty") == "true",
        dict(run.data.params),
        run.info.status,
        tags.get("ended_by", ""),
    )
