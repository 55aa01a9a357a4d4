"""How a policy folder becomes an MLflow model folder: weights, the code that serves them, requirements, signature."""

import base64
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mgiqa
from mgiqa.attributes import KEYS
from mgiqa.models.digest import model_files, write_sums
from mgiqa.registry.allowed import Allowed

if TYPE_CHECKING:
    from mlflow.models import Model, ModelSignature
    from pandas import DataFrame

WEIGHTS_FOLDER = "policy"
"""Name of the weights' folder inside the model folder, below ``artifacts/``."""
REQUIREMENTS = (
    "mlflow",
    "numpy",
    "pandas",
    "pillow",
    "pydantic",
    "pyyaml",
    "safetensors",
    "scipy",
    "torch",
    "transformers",
)
"""What loading and scoring import, each pinned to the version that it was registered with."""


def requirements() -> list[str]:
    """Pinned requirements, without the local part of a version that no public index has (``2.13.0+cpu``)."""
    return [f"{name}=={version(name).partition('+')[0]}" for name in REQUIREMENTS]


def signature() -> "ModelSignature":
    """What goes in (an image by its content) and what comes out (see ``served_model``)."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import Object, Property

    def per_attribute(kind: DataType, keys: tuple[str, ...]) -> Object:
        return Object([Property(key, kind) for key in keys])

    attributes = tuple(key for key in KEYS if key != "overall")
    return ModelSignature(
        inputs=Schema([ColSpec(DataType.string, "image")]),
        outputs=Schema(
            [
                ColSpec(DataType.double, "overall", required=False),
                ColSpec(per_attribute(DataType.double, attributes), "attributes", required=False),
                ColSpec(per_attribute(DataType.string, KEYS), "reasoning", required=False),
                ColSpec(DataType.string, "failure", required=False),
            ]
        ),
        params=ParamSchema(
            [ParamSpec("answers", DataType.integer, 1), ParamSpec("seed", DataType.integer, 0)],
        ),
    )


def example() -> "DataFrame":
    """What a request looks like: one small image, by its content."""
    import pandas as pd
    from PIL import Image

    content = BytesIO()
    Image.linear_gradient("L").resize((56, 56)).save(content, "PNG")
    return pd.DataFrame({"image": [f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"]})


def package_model(policy: Path, target: Path, described: "Model", metadata: Mapping[str, Any]) -> None:
    """Writes an MLflow model folder.

    Args:
        policy: folder of the model.
        target: folder that is made.
        described: MLflow's description, naming the logged model and its run.
        metadata: short facts, kept in the ``MLmodel`` file.
    """
    from mlflow import pyfunc

    weights = target.with_name(WEIGHTS_FOLDER)
    try:
        for path in model_files(policy):
            _link(path.resolve(), weights / path.relative_to(policy))
        write_sums(weights, model_files(weights))
        pyfunc.save_model(
            target,
            python_model=str(Path(__file__).with_name("served_model.py")),
            code_paths=[str(Path(mgiqa.__file__).parent)],
            artifacts={WEIGHTS_FOLDER: str(weights)},
            signature=signature(),
            input_example=example(),
            pip_requirements=requirements(),
            mlflow_model=described,
            metadata=dict(metadata),
            model_config=asdict(Allowed()),
        )
    finally:
        shutil.rmtree(weights, ignore_errors=True)


def _link(source: Path, target: Path) -> None:
    """A second name for the same bytes where the disk allows it; MLflow refuses symbolic links and copies anyway."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy(source, target)
