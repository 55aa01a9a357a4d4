"""``warmup``: supervised fine-tuning to the form of the answer."""

import shutil
from pathlib import Path

import pandas as pd

from mgiqa.datasets.schema import read_manifest
from mgiqa.execution.inputs import accept
from mgiqa.execution.work import work_folder
from mgiqa.models.digest import model_digest
from mgiqa.models.load import load_model, save_model
from mgiqa.models.origin import descent, how_read
from mgiqa.models.resizing import loader_for
from mgiqa.progress import progress_bar
from mgiqa.records import Summary
from mgiqa.scoring.generation import Decoding
from mgiqa.settings import Settings
from mgiqa.settings.training import Warmup
from mgiqa.training.data import TrainingData, read_training_data, stratified
from mgiqa.training.sft.fine_tune import fine_tune
from mgiqa.training.sft.summary import warmup_summary
from mgiqa.training.validation import read_validation, validation_answers, validation_score
from mgiqa.workspace import Workspace


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes the model folder."""
    accept(workspace, workspace.normalized, "normalize")
    base = accept(workspace, workspace.model("base"), "base")
    manifest, options = read_manifest(workspace.manifest), settings.warmup
    work = work_folder("warmup", settings, workspace, base)
    with workspace.alone(work), progress_bar("warmup: learning the form of the answer", options.steps) as shown:
        loaded = load_model(base)
        warm = fine_tune(
            loaded,
            taught(manifest, workspace.root, options, "train").through(loader_for(loaded.processor, workspace)),
            options,
            seed=settings.seed,
            work=work,
            progress=lambda step, loss: shown.at(step, f"loss {loss:.3f}"),
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
    loaded, labelled = load_model(draft), taught(manifest, workspace.root, options, "val")
    validation = stratified(labelled, settings.train.validate_images, settings.seed)
    validation = validation.through(loader_for(loaded.processor, workspace, memory=0))
    answers = validation_answers(loaded, validation, Decoding(max_tokens=settings.train.max_tokens))
    scores = read_validation(answers, how_read(loaded.origin))
    return warmup_summary(validation_score(scores, validation), len(validation), options, model_digest(draft))


def run_worker(settings: Settings, workspace: Workspace) -> None:
    """Learns along with the first process, which writes."""
    base = workspace.model("base")
    loaded = load_model(base)
    labelled = taught(read_manifest(workspace.manifest), workspace.root, settings.warmup, "train")
    fine_tune(
        loaded,
        labelled.through(loader_for(loaded.processor, workspace)),
        settings.warmup,
        seed=settings.seed,
        work=work_folder("warmup", settings, workspace, base),
    )


def taught(manifest: pd.DataFrame, root: Path, options: Warmup, split: str) -> TrainingData:
    """Images of a split with the labels that are taught."""
    return read_training_data(manifest, root, split, attributes=options.attributes)
