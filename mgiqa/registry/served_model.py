"""The registered model as MLflow serves it: a column of images in, scores with reasons out.

MLflow stores this file beside the weights and runs it to load the model ("models from code"): nothing is pickled.
"""

import logging
from functools import partial
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel

_LOG = logging.getLogger(__name__)


class ServedModel(PythonModel):
    """Scores images through the same ``Scorer`` that the command line uses."""

    def load_context(self, context: Any) -> None:
        """Loads the weights that lie beside this file; ``model_config`` says what requests may ask."""
        from mgiqa.registry.allowed import Allowed
        from mgiqa.scoring.scorer import Scorer

        self.allowed = Allowed(**(context.model_config or {}))
        self.scorer = Scorer(context.artifacts["policy"])

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Scores the images of a frame together.

        Args:
            context: of MLflow.
            model_input: table with a column ``image``: the file's content in base64, as a ``data:`` address or bare;
                or its path, where the loader of the model has allowed a folder (``Allowed.images_below``).
            params: ``answers`` per image and the ``seed`` of their draws.

        Returns:
            One record per image: ``overall`` and ``attributes`` (scores in [1, 5], higher is better), ``reasoning``
            per attribute, and ``failure``. Where no answer could be read, or the image could not, ``failure`` says
            why and the scores are null.

        Raises:
            MlflowException: more is asked than is allowed, or the model failed; one sentence, without a trace.
        """
        from mgiqa.errors import MGIQAError

        try:
            texts = list(model_input["image"])
            answers, seed = self.allowed.check(texts, params or {})
            look = partial(self.allowed.open, resizing=self.scorer.resizing)
            scores = self.scorer.stream(texts, answers, seed=seed, look=look)
            return [_record(score) for score in scores]
        except MGIQAError as error:
            raise _refusal(str(error), INVALID_PARAMETER_VALUE) from error
        except Exception as error:
            _LOG.exception("a request failed")
            raise _refusal("The model could not answer; its log says why.", INTERNAL_ERROR) from error


def _refusal(sentence: str, code: int) -> MlflowException:
    from mgiqa.registry.allowed import SENTENCE

    return MlflowException(sentence, error_code=code, **{SENTENCE: sentence})


def _record(score: Any) -> dict[str, Any]:
    if not score.readable:
        reason = score.fault or score.failures[0].failure
        return {"overall": None, "attributes": None, "reasoning": None, "failure": reason}
    attributes = {key: value for key, value in score.mean.items() if key != "overall"}
    reasoning = {key: str(score.reasoning.get(key, "")) for key in score.mean}
    return {"overall": score.overall, "attributes": attributes, "reasoning": reasoning, "failure": None}


set_model(ServedModel())
