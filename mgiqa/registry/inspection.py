"""What is asked of a registered model before anyone relies on it: read back from the registry, as a user would."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mgiqa.attributes import HIGHEST, LOWEST
from mgiqa.models.digest import model_files
from mgiqa.records import Check
from mgiqa.registry.kept import FOLDER
from mgiqa.registry.packaging import WEIGHTS

MOST_BESIDES = 5_000_000
"""Bytes that a registered model may hold besides its weights: code, requirements, an example; the tables that are kept
with it grow with the data, and do not count."""


def inspect(folder: Path, policy: Path, expected: Mapping[str, float]) -> tuple[Check, ...]:
    """Answers the checks of the stage ``register``.

    Args:
        folder: the MLflow model as it lies in the registry.
        policy: the folder that it was made from.
        expected: path of an image → the overall score that the benchmark recorded for it.
    """
    return _signature(folder), _size(folder, policy), _smoke_score(folder, expected)


def _signature(folder: Path) -> Check:
    from mlflow.models import Model

    found = Model.load(folder).signature
    inputs = found.inputs.input_names() if found and found.inputs else []
    outputs = found.outputs.input_names() if found and found.outputs else []
    described = f"takes {', '.join(inputs) or 'nothing'}, returns {', '.join(outputs) or 'nothing'}"
    return Check("signature", bool(inputs and outputs), described)


def _size(folder: Path, policy: Path) -> Check:
    weights = sum(path.stat().st_size for path in (folder / "artifacts" / WEIGHTS).rglob("*") if path.is_file())
    asked = sum(path.stat().st_size for path in model_files(policy))
    kept = folder / FOLDER
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_relative_to(kept))
    besides = sum(path.stat().st_size for path in files) - weights
    return Check(
        "size",
        weights == asked and besides <= MOST_BESIDES,
        f"{weights / 1e6:.1f} MB of weights (the policy has {asked / 1e6:.1f}) and {besides / 1e6:.1f} MB besides "
        f"(at most {MOST_BESIDES / 1e6:.0f})",
    )


def _smoke_score(folder: Path, expected: Mapping[str, float]) -> Check:
    import pandas as pd
    from mlflow.pyfunc import load_model

    if not expected:
        return Check("smoke_score", False, "the benchmark has no image that the policy could answer for")
    images = [base64.b64encode(Path(path).read_bytes()).decode() for path in expected]
    records: Any = load_model(str(folder)).predict(pd.DataFrame({"image": images}))
    scores = [record["overall"] for record in records]
    passed = any(score is not None and LOWEST <= score <= HIGHEST for score in scores)
    said = "; ".join(
        f"{Path(image).name}: {record['failure'] or format(record['overall'], '.2f')} (benchmark {benchmark:.2f})"
        for (image, benchmark), record in zip(expected.items(), records, strict=True)
    )
    return Check("smoke_score", passed, said)
