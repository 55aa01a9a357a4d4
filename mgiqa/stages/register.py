"""``register``: the policy becomes the challenger in the model registry, with what was measured of it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.datasets.schema import read_manifest
from mgiqa.datasets.split.files import read_splits, splits_digest
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import IntegrityError
from mgiqa.evaluation.comparison.score_table import score_table
from mgiqa.evaluation.results.files import HEADLINE, METRICS
from mgiqa.evaluation.results.predictions import in_use, read_predictions
from mgiqa.evaluation.results.provenance import Provenance
from mgiqa.execution.inputs import accept
from mgiqa.models.digest import file_digest, model_digest
from mgiqa.records import Summary
from mgiqa.registry.candidate import Candidate
from mgiqa.registry.card import PURPOSE, figure, version_card
from mgiqa.registry.figures import model_figures, run_figures
from mgiqa.registry.hashes import dvc_hash
from mgiqa.registry.inspection import inspect_version
from mgiqa.registry.kept import keep_predictions, keep_splits
from mgiqa.registry.models import Version, version_folder
from mgiqa.registry.pages import note_pages
from mgiqa.registry.recorded import verify_version
from mgiqa.registry.registration import Description, register
from mgiqa.registry.run import DatasetInput, Run
from mgiqa.registry.runs import attach_run
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

SMOKE_IMAGES = 8
"""Images of the benchmark that the model is asked about again after its way through the registry."""
EVIDENCE = "evidence"
"""Tag of a version: what its figures are of, as JSON; see ``mgiqa.evaluation.results.provenance``."""


@dataclass(frozen=True)
class Measured:
    """What the evaluation says.

    Attributes:
        headline: model → figures to compare by.
        metrics: model → dataset → attribute → all figures.
        score: which overall score the policy gives in use, ``overall`` or ``pooled``.
        of: the models, question, manifest and decoding that these figures are of.
        prompt: name and short digest of the question that was asked.
        score_table: the policy's overall scores; see ``mgiqa.evaluation.comparison.score_table``.
    """

    headline: Mapping[str, Any]
    metrics: Mapping[str, Any]
    score: str
    of: Provenance
    prompt: str
    score_table: pd.DataFrame


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes ``candidate.json``, which names the version; the model itself goes into the registry.

    Raises:
        MissingInput: the policy, its splits, its evaluation or its report is not there.
        GateRefused: one of them did not pass its checks.
        IntegrityError: the evaluation or the report is of another model, question or manifest, or is not as it was
            written; or the version is not what was registered.
        RegistryError: MLflow refuses.
    """
    policy = accept(workspace, workspace.model("policy"), "train")
    report = accept(workspace, workspace.report, "report")
    splits, digest = read_splits(policy), model_digest(policy)
    measured = _measured(workspace, digest)
    attached = attach_run(workspace, settings, digest)
    described = _describe(settings, workspace, attached, measured)
    version = register(workspace, attached, policy, digest, settings.register_.model, described)
    keep_predictions(attached.store, version, measured.score_table)
    keep_splits(attached.store, version, splits)
    _log_figures(workspace, attached, version, measured)
    attached.log_folder(report, "report")
    candidate = Candidate.of(version)
    candidate.write(draft)
    verify_version(workspace, attached.store, candidate.find(attached.store))
    note_pages(workspace, digest, {"MLflow run": attached.link, "MLflow version": version.link})
    folder = version_folder(workspace, attached.store, version)
    return Summary(
        "register",
        facts={
            "model": version.name,
            "alias": "challenger",
            "overall SRCC": measured.headline["policy"]["srcc"][measured.score],
            "digest": digest,
        },
        checks=inspect_version(folder, policy, _readable(workspace, measured.score_table), measured.of.decoding),
    )


def _measured(workspace: Workspace, policy_digest: str) -> Measured:
    folder = accept(workspace, workspace.evaluation, "evaluate")
    accept(workspace, workspace.normalized, "normalize")
    of = Provenance.read(folder, "evaluate")
    of.require(policy=policy_digest, manifest=file_digest(workspace.manifest), question=PROMPT.digest)
    if Provenance.read(workspace.report, "report") != of:
        raise IntegrityError(
            "data/report is of another evaluation than data/evaluation", remedy="Write it again: dvc repro report"
        )
    answers = read_predictions(folder)
    policy = answers[answers["model"] == "policy"]
    headline, metrics = (json.loads((folder / name).read_text(encoding="utf-8")) for name in (HEADLINE, METRICS))
    asked = f"{policy['prompt'].iloc[0]} {policy['prompt_digest'].iloc[0][:12]}"
    manifest = read_manifest(workspace.manifest)
    return Measured(headline, metrics, in_use(answers, "policy"), of, asked, score_table(policy, manifest))


def _describe(settings: Settings, workspace: Workspace, attached: Run, measured: Measured) -> Description:
    figures = measured.headline["policy"]
    tags = {
        "splits": splits_digest(workspace.model("policy"))[:12],
        "srcc": figure(figures["srcc"][measured.score]),
        "answers read": f"{100 * figures['parse_rate']:.1f} %",
        "prompt": measured.prompt,
        EVIDENCE: json.dumps(asdict(measured.of)),
        "dvc": dvc_hash(workspace, "data/models/policy"),
        "git.commit": attached.tags.get("mlflow.source.git.commit", "unknown"),
    }
    origin = {"run": attached.id, **{name: tags[name] for name in ("git.commit", "dvc", "prompt")}}
    images, datasets = len(measured.score_table), measured.score_table["dataset"].nunique()
    card = version_card(settings, measured.headline, measured.score, images, datasets, origin)
    return Description(tags, card, PURPOSE)


def _log_figures(workspace: Workspace, attached: Run, version: Version, measured: Measured) -> None:
    images = DatasetInput(
        "test split", dvc_hash(workspace, "data/normalized"), "data/normalized", "test", len(measured.score_table)
    )
    attached.log_inputs([images])
    figures = model_figures(measured.headline["policy"])
    attached.log_metrics(figures, model_id=version.model_id, dataset=images)
    attached.log_metrics(run_figures(measured.headline, measured.metrics))


def _readable(workspace: Workspace, scored: pd.DataFrame) -> dict[str, float]:
    """A few images that the policy could answer for → its score."""
    rows = scored[scored["score"].notna()].head(SMOKE_IMAGES)
    return {str(workspace.root / path): float(score) for path, score in zip(rows["path"], rows["score"], strict=True)}
