"""The registered model as MLflow serves it: a column of images in, scores with reasons out.

MLflow stores this file beside the weights and runs it to load the model ("models from code"): nothing is pickled.
"""

import base64
import binascii
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

LONGEST_PATH = 4096
SHOWN = 200
"""Characters of a request that a message repeats."""


class ServedModel(PythonModel):
    """Scores images through the same ``Scorer`` that the command line uses."""

    def load_context(self, context: Any) -> None:
        """Loads the weights that lie beside this file."""
        from mgiqa.scoring.scorer import Scorer

        self.scorer = Scorer(context.artifacts["policy"])

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Scores each image.

        Args:
            context: of MLflow.
            model_input: table with a column ``image``: a path on this machine, or the file's content in base64, as a
                ``data:`` address or bare.
            params: ``answers`` per image and the ``seed`` of their draws.

        Returns:
            One record per image: ``overall`` and ``attributes`` (scores in [1, 5], higher is better), ``reasoning``
            per attribute, and ``failure``. Where no answer could be read, or the image could not, ``failure`` says
            why and the scores are null.
        """
        from mgiqa.errors import ImageError

        asked = params or {}
        records: list[dict[str, Any]] = []
        for text in model_input["image"]:
            try:
                (score,) = self.scorer.score([_read(text)], asked.get("answers", 1), seed=asked.get("seed", 0))
            except ImageError as error:
                records.append(_failed(str(error)))
            else:
                records.append(_record(score) if score.readable else _failed(score.failures[0].reason))
        return records


def _record(score: Any) -> dict[str, Any]:
    attributes = {key: value for key, value in score.mean.items() if key != "overall"}
    reasoning = {key: str(score.reasoning.get(key, "")) for key in score.mean}
    return {"overall": score.overall, "attributes": attributes, "reasoning": reasoning, "failure": None}


def _failed(reason: str) -> dict[str, Any]:
    return {"overall": None, "attributes": None, "reasoning": None, "failure": reason}


def _read(text: str) -> Any:
    from mgiqa.datasets.images import open_image
    from mgiqa.errors import ImageError

    encoded = text.partition("base64,")[2] if text.startswith("data:") else text
    if encoded is text and len(text) <= LONGEST_PATH and Path(text).is_file():
        return open_image(Path(text))
    try:
        return open_image(base64.b64decode(encoded, validate=True))
    except binascii.Error:
        raise ImageError(
            f"{text[:SHOWN]!r} is neither a file on this machine nor base64",
            remedy="Send the image's content in base64.",
        ) from None


set_model(ServedModel())
