"""All that the report rests on, read once from the outputs of the stages before it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.datasets.schema import ALIGNMENT, MANIFEST, read_manifest
from mgiqa.errors import MissingInput
from mgiqa.evaluation.results.files import GAIN, HEADLINE, METRICS, VALIDITY
from mgiqa.evaluation.results.predictions import in_use, per_image, read_as, read_predictions
from mgiqa.models.origin import ORIGIN
from mgiqa.records import Summary

_HISTORY, _VALIDATION_SCORES = "history.csv", "validation_scores.csv"
SUBJECT = "policy"
"""The model that the report is about; the others stand beside it for comparison."""


@dataclass(frozen=True)
class Evidence:
    """What is known.

    Attributes:
        root: folder that the images' paths are relative to.
        score: which overall score the policy gives in use, ``overall`` or ``pooled``; every model is read so.
        predictions: see ``mgiqa.evaluation.results.predictions``; ``score_overall`` is what ``score`` says.
        images: one row per model and image; see ``per_image``.
        metrics: model → dataset, or ``all datasets`` → what is scored → figures (``Agreement.as_dict``); → ``answers``.
        validity: model → dataset → ``Validity.as_dict``.
        headline: model → ``srcc``, ``plcc``, ``draws``, ``parse_rate``, ``strict_rate``, ``distinct``, ``wording``.
        gains: what is scored → how the policy compares with the warm-up; see ``mgiqa.evaluation.results.gain``.
        manifest: all images of all splits.
        alignment: dataset → attribute key → map, declared range, direction, target.
        training: facts of the summary of ``train``.
        history: training, a row per step; empty if there was none.
        validation_scores: how the policy did on validation images, a row per look; empty if there was none.
        kept: step of training whose weights the policy has; None if that is not known.
        sources: facts of each validated dataset, by its name.
    """

    root: Path
    score: str
    predictions: pd.DataFrame
    images: pd.DataFrame
    metrics: Mapping[str, Mapping[str, Any]]
    validity: Mapping[str, Mapping[str, Any]]
    headline: Mapping[str, Mapping[str, Any]]
    gains: Mapping[str, Mapping[str, Any]]
    manifest: pd.DataFrame
    alignment: Mapping[str, Any]
    training: Mapping[str, Any]
    history: pd.DataFrame
    validation_scores: pd.DataFrame
    kept: int | None
    sources: Mapping[str, Mapping[str, Any]]

    @property
    def models(self) -> Sequence[str]:
        """Names of the models, in the order of training."""
        return list(self.metrics)

    @property
    def datasets(self) -> Sequence[str]:
        """Names of the datasets with test images, sorted."""
        return sorted(self.images["dataset"].unique())

    def title(self, dataset: str) -> str:
        """The official name of a dataset."""
        return str(self.sources[dataset].get("dataset", dataset))

    def of(self, model: str, dataset: str | None = None) -> pd.DataFrame:
        """The images as one model scored them, of one dataset or all."""
        rows = self.images[self.images["model"] == model]
        return rows if dataset is None else rows[rows["dataset"] == dataset]

    @property
    def simulated(self) -> bool:
        """Whether any dataset is the built-in sample, whose raters are simulated."""
        return any(source.get("source") == "sample" for source in self.sources.values())


def gather(root: Path, evaluation: Path, normalized: Path, validated: Mapping[str, Path], policy: Path) -> Evidence:
    """Reads the outputs of ``evaluate``, ``normalize``, ``validate`` (per dataset) and ``train``.

    Raises:
        MissingInput: a file that the report needs is not there.
    """
    answers = read_predictions(evaluation)
    score = in_use(answers, SUBJECT)
    predictions = read_as(answers, score)
    return Evidence(
        root=root,
        score=score,
        predictions=predictions,
        images=per_image(predictions),
        metrics=_json(evaluation / METRICS, "evaluate"),
        validity=_json(evaluation / VALIDITY, "evaluate"),
        headline=_json(evaluation / HEADLINE, "evaluate"),
        gains=_json(evaluation / GAIN, "evaluate"),
        manifest=read_manifest(normalized / MANIFEST),
        alignment=_json(normalized / ALIGNMENT, "normalize"),
        training=Summary.read(policy).facts,
        history=_table(policy / _HISTORY),
        validation_scores=_table(policy / _VALIDATION_SCORES),
        kept=_json(policy / ORIGIN, "train").get("step"),
        sources={name: Summary.read(folder).facts for name, folder in validated.items()},
    )


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def _json(path: Path, stage: str) -> dict[str, Any]:
    if not path.is_file():
        raise MissingInput(f"{path} is not there", remedy=f"Make it with: dvc repro {stage}")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
