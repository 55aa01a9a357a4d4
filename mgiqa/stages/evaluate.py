"""``evaluate``: base, warm-up and policy answer for every image of the test split; figures with their intervals."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mgiqa.attributes import TITLES
from mgiqa.datasets.schema import read_manifest
from mgiqa.errors import DataError, SettingsError
from mgiqa.evaluation.inference import answers_key, ask
from mgiqa.evaluation.results.folder import Results
from mgiqa.evaluation.results.gain import AFTER, BEFORE
from mgiqa.evaluation.results.predictions import EvaluatedModel, in_use, tabulate
from mgiqa.evaluation.results.provenance import Provenance
from mgiqa.execution.inputs import accept
from mgiqa.models.digest import file_digest, model_digest
from mgiqa.models.origin import how_read, read_origin
from mgiqa.records import Check, Summary, defined
from mgiqa.scoring.generation import Decoding
from mgiqa.settings import Settings
from mgiqa.settings.evaluation import Evaluate
from mgiqa.workspace import Workspace

MODELS = {"base": "base", "warmup": "warmup", "policy": "train"}
"""Name of a model → the stage that makes it, in the order of training."""


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes predictions, metrics (all, and in short), the points of the scatter plot, and what all of it is of."""
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
        tabulate(one, decoding, images, _ask(one, images, workspace, decoding, options), manifest) for one in models
    ]
    results = Results.of(pd.concat(said, ignore_index=True), options.resamples, settings.seed)
    results.write(draft)
    Provenance.of(results.predictions).seal(draft)
    return _summary(images, results, options)


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


def _ask(
    model: EvaluatedModel, images: pd.DataFrame, workspace: Workspace, decoding: Decoding, options: Evaluate
) -> list[list[str]]:
    finished = workspace.work(f"answers-{answers_key(model.digest, decoding)}")
    return ask(
        model.folder, images, workspace.root, decoding, finished, batch=options.batch, processes=options.processes
    )


def _summary(images: pd.DataFrame, results: Results, options: Evaluate) -> Summary:
    short, policy = results.headline, results.reading[AFTER]
    failed, score = 1 - policy["parse_rate"], in_use(results.predictions, AFTER)
    shares = {model: f"{100 * figures['parse_rate']:.1f} %" for model, figures in short.items()}
    means = f"a score is the mean of {policy['draws']} answers" if policy["draws"] > 1 else "one answer to an image"
    return Summary(
        "evaluate",
        facts={
            "images": len(images),
            "contents": int(images["content"].nunique()),
            "policy SRCC": short[AFTER]["srcc"][score],
            "of": TITLES[score].lower(),
        },
        tables={
            f"SRCC on unseen contents, mean over datasets; {means}": [
                {"model": model, **figures["srcc"], "answers read": shares[model]} for model, figures in short.items()
            ],
            "Policy beside warm-up, on the same images and read alike": [
                {
                    "score": key,
                    BEFORE: defined(figures.second),
                    AFTER: defined(figures.first),
                    "difference": _signed(figures.difference),
                    "95 % interval": f"{_signed(figures.interval[0])} … {_signed(figures.interval[1])}",
                }
                for key, figures in results.gains.items()
            ],
            "Attributes of the policy, beside its overall score": [
                {
                    "dataset": dataset,
                    "attribute": figures.key,
                    "SRCC": defined(figures.srcc),
                    "SRCC of its overall": defined(figures.copy_overall),
                    "given people's overall": _signed(figures.partial),
                    "equal to its overall": defined(figures.identical),
                }
                for dataset, beside in results.validity[AFTER].items()
                for figures in beside.attributes
            ],
            "Different values in use": [{"model": model, **figures["distinct"]} for model, figures in short.items()],
        },
        checks=(
            Check(
                "failure_rate",
                failed <= options.max_failures,
                f"{policy['failures']} of the policy's {policy['answers']} answers ({failed:.1%}) cannot be read; "
                f"the limit is {options.max_failures:.1%}.",
            ),
        ),
    )


def _signed(value: float) -> str:
    return "–" if value != value else f"{value:+.3f}"  # NaN is unequal to itself
