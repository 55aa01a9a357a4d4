"""What the registry is told of an evaluated policy: its figures, what they are of, images to ask about again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.datasets.schema import read_manifest
from mgiqa.datasets.split.files import splits_digest
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import IntegrityError
from mgiqa.evaluation.comparison.score_table import score_table
from mgiqa.evaluation.results.files import HEADLINE, METRICS
from mgiqa.evaluation.results.predictions import in_use, read_predictions
from mgiqa.evaluation.results.provenance import Provenance
from mgiqa.models.digest import file_digest
from mgiqa.registry.card import PURPOSE, figure, version_card
from mgiqa.registry.figures import model_figures, run_figures
from mgiqa.registry.hashes import dvc_hash
from mgiqa.registry.models import Version
from mgiqa.registry.registration import Description
from mgiqa.registry.run import DatasetInput, Run
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

    @classmethod
    def read(cls, workspace: Workspace, policy_digest: str) -> "Measured":
        """Reads the evaluation of the policy of that digest, and holds its report to it.

        Raises:
            MissingInput: the evaluation or the report does not say what it is of.
            IntegrityError: one of them is of another model, question or manifest, or is not as it was written.
        """
        folder = workspace.evaluation
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
        table = score_table(policy, read_manifest(workspace.manifest))
        return cls(headline, metrics, in_use(answers, "policy"), of, asked, table)

    @property
    def srcc(self) -> float | None:
        """The policy's overall SRCC, as its overall score is read in use; None where it is undefined."""
        srcc: float | None = self.headline["policy"]["srcc"][self.score]
        return srcc

    def readable(self, root: Path) -> dict[str, float]:
        """A few images that the policy could answer for → its score."""
        rows = self.score_table[self.score_table["score"].notna()].head(SMOKE_IMAGES)
        return {str(root / path): float(score) for path, score in zip(rows["path"], rows["score"], strict=True)}


def describe_version(settings: Settings, workspace: Workspace, attached: Run, measured: Measured) -> Description:
    """The tags and the page of the version that the policy becomes."""
    tags = {
        "splits": splits_digest(workspace.model("policy"))[:12],
        "srcc": figure(measured.srcc),
        "answers read": f"{100 * measured.headline['policy']['parse_rate']:.1f} %",
        "prompt": measured.prompt,
        EVIDENCE: json.dumps(asdict(measured.of)),
        "dvc": dvc_hash(workspace, "data/models/policy"),
        "git.commit": attached.tags.get("mlflow.source.git.commit", "unknown"),
    }
    origin = {"run": attached.id, **{name: tags[name] for name in ("git.commit", "dvc", "prompt")}}
    images, datasets = len(measured.score_table), measured.score_table["dataset"].nunique()
    card = version_card(settings, measured.headline, measured.score, images, datasets, origin)
    return Description(tags, card, PURPOSE)


def log_figures(workspace: Workspace, attached: Run, version: Version, measured: Measured) -> None:
    """Records the figures with the run, and those of the policy with the version, as measured on the test images."""
    images = DatasetInput(
        "test split", dvc_hash(workspace, "data/normalized"), "data/normalized", "test", len(measured.score_table)
    )
    attached.log_inputs([images])
    attached.log_metrics(model_figures(measured.headline["policy"]), model_id=version.model_id, dataset=images)
    attached.log_metrics(run_figures(measured.headline, measured.metrics))
