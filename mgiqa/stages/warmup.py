"""``warmup``: supervised fine-tuning to the form of the answer."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.datasets.schema import read_manifest
from mgiqa.execution.inputs import accept
from mgiqa.execution.work import work_folder
from mgiqa.models.digest import model_digest
from mgiqa.models.load import LoadedModel, load_model, save_model
from mgiqa.models.origin import descent, how_read
from mgiqa.models.resizing import loader_for
from mgiqa.progress import progress_bar
from mgiqa.records import Summary
from mgiqa.scoring.generation import Decoding
from mgiqa.settings import Settings
from mgiqa.settings.training import Warmup
from mgiqa.training.data import TrainingData, read_training_data, stratified
from mgiqa.training.sft.fine_tune import fine_tune
from mgiqa.training.sft.own_answers import Taught, own_answers
from mgiqa.training.sft.summary import warmup_summary
from mgiqa.training.validation import read_validation, validation_answers, validation_score
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
    loaded, labelled = load_model(draft), taught(read_manifest(workspace.manifest), workspace.root, options, "val")
    validation = stratified(labelled, settings.train.validate_images, settings.seed)
    validation = validation.through(loader_for(loaded.processor, workspace, memory=0))
    answers = validation_answers(loaded, validation, Decoding(max_tokens=settings.train.max_tokens))
    scores = read_validation(answers, how_read(loaded.origin))
    score = validation_score(scores, validation)
    return warmup_summary(score, len(validation), options, examples, model_digest(draft))


def run_worker(settings: Settings, workspace: Workspace) -> None:
    """Learns along with the first process, which writes."""
    base = workspace.model("base")
    _learn(settings, workspace, base, work_folder("warmup", settings, workspace, base))


def _learn(
    settings: Settings, workspace: Workspace, base: Path, work: Path, **told: Any
) -> tuple[LoadedModel, Sequence[Taught]]:
    """What every process of the warm-up does alike: the tuned model, and what it was taught."""
    loaded, options = load_model(base), settings.warmup
    labelled = taught(read_manifest(workspace.manifest), workspace.root, options, "train")
    data = labelled.through(loader_for(loaded.processor, workspace))
    examples: Sequence[Taught] = [Taught(row) for row in range(len(data))]
    if options.answers == "own" and options.steps:
        decoding = Decoding(options.own_draws, 1.0, settings.seed, settings.train.max_tokens)
        examples = own_answers(loaded, data, options.own_images, decoding, settings.seed, work)
    return fine_tune(loaded, data, options, seed=settings.seed, work=work, examples=examples, **told), examples


def taught(manifest: pd.DataFrame, root: Path, options: Warmup, split: str) -> TrainingData:
    """Images of a split with the labels that are taught."""
    return read_training_data(manifest, root, split, attributes=options.attributes)
