"""The images of a run: those that it learns from, those that choose its best step, and how its record names them."""

from pathlib import Path

import pandas as pd

from mgiqa.registry.hashes import dvc_hash
from mgiqa.registry.run import DatasetInput
from mgiqa.settings.training import Train
from mgiqa.training.data import TrainingData, read_training_data, stratified
from mgiqa.workspace import Workspace


def rewarded(manifest: pd.DataFrame, root: Path, settings: Train, seed: int) -> tuple[TrainingData, TrainingData]:
    """What is learned from, and what chooses the step that is kept; both know only the labels that are rewarded."""
    training = read_training_data(manifest, root, "train", settings.datasets, settings.attributes)
    validation = read_training_data(manifest, root, "val", attributes=settings.attributes)
    return training, stratified(validation, settings.validate_images, seed)


def dataset_inputs(workspace: Workspace, training: TrainingData, validation: TrainingData) -> list[DatasetInput]:
    """Each dataset of both, with the hash by which DVC knows its files."""
    return [
        DatasetInput(str(name), dvc_hash(workspace, f"data/raw/{name}"), f"data/raw/{name}", context, int(count))
        for context, data in (("training", training), ("validation", validation))
        for name, count in pd.Series(data.dataset).value_counts(sort=False).sort_index().items()
    ]
