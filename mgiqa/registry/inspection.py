"""What is asked of a registered model before anyone relies on it: read back from the registry, as a user would."""

import base64
import math
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mgiqa.models.digest import model_files
from mgiqa.records import Check
from mgiqa.registry.packaging import WEIGHTS_FOLDER
from mgiqa.registry.recorded import EVALUATION_FOLDER

MOST_BESIDES = 5_000_000
"""Bytes that a registered model may hold besides its weights: code, requirements, an example; the tables that are kept
with it grow with the data, and do not count."""


_TOLERANCE = 0.1
"""By how much, on the scale from 1 to 5, the score of an image may differ from the benchmark's: the median over images.

On a CPU nothing may differ at all. On a GPU and in half precision the last bits depend on what is computed together, so
that a drawn answer may now and then turn out another; another model differs on most images.
"""


def inspect_version(
    folder: Path, policy: Path, expected: Mapping[str, float], decoding: Mapping[str, float]
) -> tuple[Check, ...]:
    """Answers the checks of the stage ``register``.

    Args:
        folder: the MLflow model as it lies in the registry.
        policy: the folder that it was made from.
        expected: path of an image → the overall score that the benchmark recorded for it.
        decoding: how the benchmark drew its answers; see ``mgiqa.evaluation.results.provenance``.
    """
    return _signature(folder), _size(folder, policy), _smoke_score(folder, expected, decoding)


def _signature(folder: Path) -> Check:
    from mlflow.models import Model

    signature = Model.load(folder).signature
    inputs = signature.inputs.input_names() if signature and signature.inputs else []
    outputs = signature.outputs.input_names() if signature and signature.outputs else []
    described = f"takes {', '.join(inputs) or 'nothing'}, returns {', '.join(outputs) or 'nothing'}"
    return Check("signature", bool(inputs and outputs), described)


def _size(folder: Path, policy: Path) -> Check:
    weights = sum(path.stat().st_size for path in model_files(folder / "artifacts" / WEIGHTS_FOLDER))
    asked = sum(path.stat().st_size for path in model_files(policy))
    kept = folder / EVALUATION_FOLDER
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_relative_to(kept))
    besides = sum(path.stat().st_size for path in files) - weights
    return Check(
        "size",
        weights == asked and besides <= MOST_BESIDES,
        f"{weights / 1e6:.1f} MB of weights (the policy has {asked / 1e6:.1f}) and {besides / 1e6:.1f} MB besides "
        f"(at most {MOST_BESIDES / 1e6:.0f})",
    )


def _smoke_score(folder: Path, expected: Mapping[str, float], decoding: Mapping[str, float]) -> Check:
    from mlflow.pyfunc import load_model

    if not expected:
        return Check("smoke_score", False, "the benchmark has no image that the policy could answer for")
    served = load_model(str(folder))
    scorer: Any = served.unwrap_python_model()
    scores = scorer.scorer.score(
        list(expected),
        int(decoding["answers"]),
        decoding["temperature"],
        int(decoding["seed"]),
        max_tokens=int(decoding["max_tokens"]),
    )
    gaps = [abs(score.overall - then) for score, then in zip(scores, expected.values(), strict=True)]
    gap = statistics.median(math.inf if math.isnan(one) else one for one in gaps)
    said = _said(served, list(expected))
    return Check(
        "smoke_score",
        gap <= _TOLERANCE and said > 0,
        f"asked again, it gives {len(expected)} images of the benchmark scores that differ by {gap:.2f} in the median "
        f"(at most {_TOLERANCE:.2f}); as it is served, it answers for {said} of them",
    )


def _said(served: Any, images: list[str]) -> int:
    """How many images it scores when they are sent to it."""
    import pandas as pd

    contents = [base64.b64encode(Path(image).read_bytes()).decode() for image in images]
    return sum(record["failure"] is None for record in served.predict(pd.DataFrame({"image": contents})))
