"""``register``: the policy becomes the challenger in the model registry, with what was measured of it."""

from pathlib import Path

from mgiqa.datasets.split.files import read_splits
from mgiqa.evaluation.comparison.registry_entry import Measured, describe_version, log_figures
from mgiqa.execution.inputs import accept
from mgiqa.models.digest import model_digest
from mgiqa.records import Summary
from mgiqa.registry.candidate import Candidate
from mgiqa.registry.inspection import inspect_version
from mgiqa.registry.kept import keep_predictions, keep_splits
from mgiqa.registry.models import version_folder
from mgiqa.registry.pages import note_pages
from mgiqa.registry.recorded import verify_version
from mgiqa.registry.registration import register
from mgiqa.registry.runs import attach_run
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace


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
    accept(workspace, workspace.evaluation, "evaluate")
    accept(workspace, workspace.normalized, "normalize")
    measured = Measured.read(workspace, digest)
    attached = attach_run(workspace, settings, digest)
    store, described = attached.store, describe_version(settings, workspace, attached, measured)
    version = register(workspace, attached, policy, digest, settings.register_.model, described)
    keep_predictions(store, version, measured.score_table)
    keep_splits(store, version, splits)
    log_figures(workspace, attached, version, measured)
    attached.log_folder(report, "report")
    candidate = Candidate.of(version)
    candidate.write(draft)
    verify_version(workspace, store, candidate.find(store))
    note_pages(workspace, digest, {"MLflow run": attached.link, "MLflow version": version.link})
    folder = version_folder(workspace, store, version)
    return Summary(
        "register",
        facts={"model": version.name, "alias": "challenger", "overall SRCC": measured.srcc, "digest": digest},
        checks=inspect_version(folder, policy, measured.readable(workspace.root), measured.of.decoding),
    )
