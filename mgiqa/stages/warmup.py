"""``warmup``: supervised fine-tuning to the form of the answer."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mgiqa.datasets.schema import read_manifest
from mgiqa.execution.inputs import accept
from mgiqa.execution.work import work_folder
from mgiqa.models.digest import model_digest
from mgiqa.models.load import LoadedModel, load_model, save_model
from mgiqa.models.origin import descent
from mgiqa.models.resizing import loader_for
from mgiqa.progress import progress_bar
from mgiqa.records import Summary
from mgiqa.settings import Settings
from mgiqa.training.data import TrainingData, read_training_data, stratified
from mgiqa.training.sft.fine_tune import fine_tune
from mgiqa.training.sft.own_answers import Taught, examples_for
from mgiqa.training.sft.summary import warmup_summary
from mgiqa.workspace import Workspace


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes the model folder."""
    accept(workspace, workspace.normalized, "normalize")
    base = accept(workspace, workspace.model("base"), "base")
    options = settings.warmup
    work = work_folder("warmup", settings, workspace, base)
    with workspace.alone(work), progress_bar("warmup: learning the form of the answer", options.steps) as shown:
        warm, examples = _learn(
            settings, workspace, base, work, progress=lambda step, loss: shown.at(step, f"loss {loss:.3f}")
        )
    shutil.rmtree(work, ignore_errors=True)
    origin = {
        "made by": "warmup",
        "overall": "direct",
        "base": model_digest(base),
        "seed": settings.seed,
        "steps": options.steps,
        **descent(warm.origin),
    }
    save_model(draft, warm.model, warm.processor, origin)
    loaded = load_model(draft)
    validation = stratified(taught(settings, workspace, "val"), settings.train.validate_images, settings.seed)
    validation = validation.through(loader_for(loaded.processor, workspace, memory=0))
    return warmup_summary(loaded, validation, options, settings.train.max_tokens, examples, model_digest(draft))


def run_worker(settings: Settings, workspace: Workspace) -> None:
    """Learns along with the first process, which writes."""
    base = workspace.model("base")
    _learn(settings, workspace, base, work_folder("warmup", settings, workspace, base))


def _learn(
    settings: Settings, workspace: Workspace, base: Path, work: Path, **told: Any
) -> tuple[LoadedModel, Sequence[Taught]]:
    """What every process of the warm-up does alike: the tuned model, and what it was taught."""
    loaded, options, seed = load_model(base), settings.warmup, settings.seed
    data = taught(settings, workspace, "train").through(loader_for(loaded.processor, workspace))
    examples = examples_for(loaded, data, options, settings.train.max_tokens, seed, work)
    return fine_tune(loaded, data, options, seed=seed, work=work, examples=examples, **told), examples


def taught(settings: Settings, workspace: Workspace, split: str) -> TrainingData:
    """Images of a split with the labels that are taught."""
    manifest = read_manifest(workspace.manifest)
    return read_training_data(manifest, workspace.root, split, attributes=settings.warmup.attributes)
