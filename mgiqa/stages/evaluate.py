"""``evaluate``: base, warm-up and policy answer for every image of the test split; figures with their intervals."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mgiqa.datasets.schema import read_manifest
from mgiqa.errors import DataError, SettingsError
from mgiqa.evaluation.inference import ask_as_set
from mgiqa.evaluation.results.folder import Results
from mgiqa.evaluation.results.predictions import EvaluatedModel, tabulate
from mgiqa.evaluation.results.provenance import Provenance
from mgiqa.evaluation.results.summary import evaluation_summary
from mgiqa.execution.inputs import accept
from mgiqa.models.digest import file_digest, model_digest
from mgiqa.models.origin import how_read, read_origin
from mgiqa.records import Summary
from mgiqa.scoring.generation import Decoding
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

MODELS = {"base": "base", "warmup": "warmup", "policy": "train"}
"""Name of a model → the stage that makes it, in the order of training."""


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes predictions, metrics (all, and in short), and what all of it is of."""
    options = settings.evaluate
    images = _test_images(workspace, options.datasets)
    manifest = file_digest(workspace.manifest)
    models = [
        EvaluatedModel(name, folder, model_digest(folder), how_read(read_origin(folder)))
        for name, stage in MODELS.items()
        for folder in [accept(workspace, workspace.model(name), stage)]
    ]
    decoding = Decoding(options.answers, options.temperature, settings.seed, options.max_tokens)
    said = [
        tabulate(
            one, decoding, images, ask_as_set(one.folder, one.digest, images, workspace, decoding, options), manifest
        )
        for one in models
    ]
    results = Results.of(pd.concat(said, ignore_index=True), options.resamples, settings.seed)
    results.write(draft)
    Provenance.of(results.predictions).seal(draft)
    return evaluation_summary(images, results, options.max_failures)


def _test_images(workspace: Workspace, benchmarks: Sequence[str]) -> pd.DataFrame:
    manifest = read_manifest(accept(workspace, workspace.normalized, "normalize") / workspace.manifest.name)
    images = manifest[manifest["split"] == "test"]
    if images.empty:
        raise DataError(
            "no image is in the test split", remedy="Raise normalize.test in params.yaml, or add a dataset."
        )
    there = sorted(images["dataset"].unique())
    if absent := sorted(set(benchmarks) - set(there)):
        raise SettingsError(
            f"evaluate.datasets names {', '.join(absent)}, without an image in the test split",
            remedy=f"Choose from {', '.join(there)}.",
        )
    return images[images["dataset"].isin(benchmarks or there)].reset_index(drop=True)
