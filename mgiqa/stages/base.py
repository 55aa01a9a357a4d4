"""``base``: the vision-language model that everything starts from."""

from pathlib import Path

import pandas as pd

from mgiqa.datasets.schema import read_manifest
from mgiqa.execution.inputs import accept
from mgiqa.models.digest import model_digest
from mgiqa.models.load import load_model, save_model
from mgiqa.models.resizing import loader_for
from mgiqa.progress import progress_bar
from mgiqa.records import Check, Summary
from mgiqa.scoring.generation import Decoding, generate
from mgiqa.settings import Settings
from mgiqa.training.base.model import fetched_model, small_model
from mgiqa.training.data import TrainingData, read_training_data
from mgiqa.workspace import Workspace

SPOKEN = 16
"""Tokens of the answer that shows that the model can answer at all."""


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes the model folder."""
    accept(workspace, workspace.normalized, "normalize")
    data = seen(read_manifest(workspace.manifest), workspace, settings)
    if settings.base.model == "tiny":
        with progress_bar("base: vision pre-training", settings.base.tiny.vision_steps) as shown:
            made = small_model(
                settings.base,
                data,
                settings.seed,
                lambda step, loss: shown.at(step, f"loss {loss:.3f}"),
                shrunk=workspace.shrunk_images,
            )
    else:
        made = fetched_model(settings.base, workspace.home)
    save_model(draft, made.model, made.processor, made.origin)
    loaded = load_model(draft)
    image = data.through(loader_for(loaded.processor, workspace)).image(0)
    ((text,),) = generate(loaded, [image], Decoding(max_tokens=SPOKEN))
    return Summary(
        stage="base",
        facts={
            "model": settings.base.model,
            "parameters": sum(weight.numel() for weight in loaded.model.parameters()),
            "digest": model_digest(draft),
        },
        checks=(Check("answers", bool(text), f"Loaded back, it answers an image with {len(text)} characters."),),
    )


def seen(manifest: pd.DataFrame, workspace: Workspace, settings: Settings) -> TrainingData:
    """What the small model learns to see from."""
    return read_training_data(manifest, workspace.root, "train", attributes=settings.base.tiny.attributes)
