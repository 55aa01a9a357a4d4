"""``report``: the results as one page that needs no network, a short text, and every chart as a file."""

from pathlib import Path

from mgiqa.datasets.schema import read_manifest
from mgiqa.evaluation.report.evidence import gather
from mgiqa.evaluation.report.page import compose
from mgiqa.evaluation.results.provenance import Provenance
from mgiqa.execution.inputs import accept
from mgiqa.models.digest import file_digest, model_digest
from mgiqa.records import Summary
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

PAGE, TEXT, _FIGURES = "report.html", "report.md", "figures"


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes ``report.html``, ``report.md``, ``figures/``, and what they are of.

    Raises:
        IntegrityError: the policy is not the one that was evaluated, or the evaluation is not as it was written.
    """
    evaluation = accept(workspace, workspace.evaluation, "evaluate")
    normalized = accept(workspace, workspace.normalized, "normalize")
    policy = accept(workspace, workspace.model("policy"), "train")
    provenance = Provenance.read(evaluation, "evaluate")
    provenance.require(
        policy=model_digest(policy), manifest=file_digest(workspace.manifest), question=provenance.question
    )
    datasets = read_manifest(normalized / workspace.manifest.name)["dataset"].unique()
    validated = {name: accept(workspace, workspace.validated(name), f"validate@{name}") for name in sorted(datasets)}
    evidence = gather(workspace.root, evaluation, normalized, validated, policy)
    report = compose(evidence, settings.report.gallery)
    (draft / PAGE).write_text(report.html, encoding="utf-8")
    (draft / TEXT).write_text(report.markdown, encoding="utf-8")
    (draft / _FIGURES).mkdir()
    saved = {chart.title: chart.save(draft / _FIGURES) for chart in report.charts}
    provenance.seal(draft)
    return Summary(
        "report",
        facts={"page": f"{workspace.report.relative_to(workspace.root)}/{PAGE}", "charts": len(saved)},
        plots={title: str(path.relative_to(draft)) for title, path in saved.items()},
        pages={"report": PAGE},
    )
