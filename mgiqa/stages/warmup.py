"""``warmup``: supervised fine-tuning to the form of the answer."""

import shutil
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from mgiqa.datasets.schema import read_manifest
from mgiqa.execution.inputs import accept
from mgiqa.execution.work import work_folder
from mgiqa.models.digest import model_digest
from mgiqa.models.load import LoadedModel, load_model, save_model
from mgiqa.models.origin import descent, how_read
from mgiqa.progress import progress_bar
from mgiqa.records import Check, Summary
from mgiqa.scoring.generation import Decoding
from mgiqa.settings import Settings
from mgiqa.training.data import TrainingData, read_training_data
from mgiqa.training.sft.fine_tune import fine_tune
from mgiqa.training.validation import validation_answers, validation_score
from mgiqa.workspace import Workspace


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes the model folder."""
    accept(workspace, workspace.normalized, "normalize")
    base = accept(workspace, workspace.model("base"), "base")
    manifest, options = read_manifest(workspace.manifest), settings.warmup
    work = work_folder("warmup", settings, workspace, base)
    with workspace.alone(work), progress_bar("warmup: learning the form of the answer", options.steps) as shown:
        warm = fine_tune(
            load_model(base),
            taught(manifest, workspace, settings, "train"),
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
    }
    origin |= descent(warm.origin)
    save_model(draft, warm.model, warm.processor, origin)
    return _summary(load_model(draft), taught(manifest, workspace, settings, "val"), settings, draft)


def run_worker(settings: Settings, workspace: Workspace) -> None:
    """Learns along with the first process, which writes."""
    base = workspace.model("base")
    fine_tune(
        load_model(base),
        taught(read_manifest(workspace.manifest), workspace, settings, "train"),
        settings.warmup,
        seed=settings.seed,
        work=work_folder("warmup", settings, workspace, base),
    )


def taught(manifest: pd.DataFrame, workspace: Workspace, settings: Settings, split: str) -> TrainingData:
    """Images of a split with the labels that are taught."""
    return read_training_data(manifest, workspace.root, split, attributes=settings.warmup.attributes)


def _summary(loaded: LoadedModel, validation: TrainingData, settings: Settings, draft: Path) -> Summary:
    decoding = Decoding(max_tokens=settings.train.max_tokens)
    _, scores = validation_answers(loaded, validation, decoding, how_read(loaded.origin))
    score = validation_score(scores, validation)
    return Summary(
        stage="warmup",
        facts={"steps": settings.warmup.steps, "images": len(validation), "digest": model_digest(draft)},
        tables={"Scores on validation images": [asdict(score)]},
        checks=(
            Check(
                "parse_rate",
                score.parsed >= settings.warmup.min_parsed,
                f"{score.parsed:.1%} of the answers to {len(validation)} validation images can be read; "
                f"at least {settings.warmup.min_parsed:.0%} must.",
            ),
        ),
    )
