"""One run: what can be recorded of it. Everything goes through the client, so a run can be written to from any stage
and at any time without a change of its status.
"""

import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mgiqa.registry.samples import AnswerSample, draw_sample, sample_row
from mgiqa.registry.store import TRAINING_PAGES, Store, mlflow_errors

_BATCH = 1000
"""Metrics that MLflow takes in one call."""
LONGEST_PARAMETER = 6000
SAMPLES_TABLE = "samples.json"
DIGEST = "digest"
"""Tag of a run and of a version: the digest of its model; see ``mgiqa.models.digest``."""


@dataclass(frozen=True)
class DatasetInput:
    """A dataset that a run learned from or was scored on.

    Attributes:
        name: name in the catalogue, or of the artefact.
        digest: its DVC hash, at most 36 characters (a hash of a folder is 36 with its ``.dir``).
        source: path relative to the workspace.
        context: what it was used for: ``training``, ``validation``, ``test``.
        rows: number of images.
    """

    name: str
    digest: str
    source: str
    context: str
    rows: int


@dataclass(frozen=True)
class Run:
    """A handle on one run of the store."""

    store: Store
    id: str

    @property
    def link(self) -> str:
        """Address of the run's page, relative to the MLflow page."""
        return f"#/experiments/{self.store.experiment_id}/runs/{self.id}{TRAINING_PAGES}"

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags as they are now."""
        with mlflow_errors(f"read run {self.id}"):
            return dict(self.store.client.get_run(self.id).data.tags)

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Sets tags; a tag that is there is replaced. ``mlflow.note.content`` is the description of the page."""
        from mlflow.entities import RunTag

        with mlflow_errors(f"tag run {self.id}"):
            self.store.client.log_batch(self.id, tags=[RunTag(key, str(value)) for key, value in tags.items()])

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Records parameters, nested mappings by dotted names. A parameter can be set once and never changed."""
        from mlflow.entities import Param

        values = [Param(key, str(value)[:LONGEST_PARAMETER]) for key, value in flatten(params)]
        with mlflow_errors(f"record the parameters of run {self.id}"):
            for start in range(0, len(values), 100):
                self.store.client.log_batch(self.id, params=values[start : start + 100])

    def log_metrics(
        self,
        metrics: Mapping[str, float | None],
        step: int = 0,
        *,
        model_id: str | None = None,
        dataset: DatasetInput | None = None,
    ) -> None:
        """Records metrics at one step.

        Args:
            metrics: name → value; ``a/b`` is shown in a group ``a``. None says that nothing was measured and is left
                out; infinity is recorded as not-a-number, since MLflow would store the largest float.
            step: optimizer step, from 0.
            model_id: logged model that they are a property of.
            dataset: what they were measured on.
        """
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        values = [
            Metric(
                key,
                float(value) if math.isfinite(value) else math.nan,
                now,
                step,
                model_id=model_id,
                dataset_name=dataset.name if dataset else None,
                dataset_digest=dataset.digest if dataset else None,
                run_id=self.id,
            )
            for key, value in metrics.items()
            if value is not None
        ]
        with mlflow_errors(f"record the metrics of run {self.id}"):
            for start in range(0, len(values), _BATCH):
                self.store.client.log_batch(self.id, metrics=values[start : start + _BATCH])

    def log_inputs(self, inputs: Iterable[DatasetInput]) -> None:
        """Records the datasets that the run used."""
        from mlflow.entities import Dataset, InputTag
        from mlflow.entities import DatasetInput as LoggedInput

        logged = [
            LoggedInput(
                Dataset(
                    name=item.name,
                    digest=item.digest,
                    source_type="local",
                    source=json.dumps({"uri": item.source}),
                    profile=json.dumps({"num_rows": item.rows}),
                ),
                [InputTag("mlflow.data.context", item.context)],
            )
            for item in inputs
        ]
        with mlflow_errors(f"record the datasets of run {self.id}"):
            self.store.client.log_inputs(self.id, logged)

    def log_samples(self, samples: Sequence[AnswerSample], step: int) -> None:
        """Records answers to look at: a table over all steps, and a picture of each image beside its answer per step.

        Args:
            samples: the same images at every step, so that they can be followed.
            step: optimizer step, from 0.
        """
        import pandas as pd

        with mlflow_errors(f"record the samples of run {self.id}"):
            for sample in samples:
                self.store.client.log_image(self.id, draw_sample(sample), key=f"samples/{sample.name}", step=step)
            table = pd.DataFrame([{"step": step} | sample_row(sample) for sample in samples])
            self.store.client.log_table(self.id, table, SAMPLES_TABLE)

    def log_folder(self, folder: Path, name: str) -> None:
        """Stores the files of ``folder`` as artifacts below ``name``; files of the same name are replaced."""
        with mlflow_errors(f"store {name} in run {self.id}"):
            self.store.client.log_artifacts(self.id, str(folder), name)


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """Yields dotted name → value for every leaf of nested mappings."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
