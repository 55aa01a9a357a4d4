"""The table of predictions: one row per model, image and answer, with all that a figure rests on.

Columns: ``model, model_digest, whole`` (how its overall score is read), ``prompt, prompt_digest, temperature, seed,
image_id, dataset, content, answer`` (number of the answer, from 0), ``text``, ``failure`` (reason, or null),
``strict``, and per attribute key ``score_<key>`` (NaN where the answer could not be read), ``mos_<key>`` and
``std_<key>`` (common scale; NaN where there is no label).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import read_answer
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import MissingInput
from mgiqa.evaluation.files import PREDICTIONS
from mgiqa.quality.pooling import Whole
from mgiqa.records import Answer

if TYPE_CHECKING:
    from mgiqa.scoring.generation import Decoding

SCORES = [f"score_{key}" for key in KEYS]
LABELS = [f"{kind}_{key}" for key in KEYS for kind in ("mos", "std")]


@dataclass(frozen=True)
class Contestant:
    """A model that takes part.

    Attributes:
        name: base, warmup or policy; the stage that made it.
        folder: where it lies.
        digest: SHA-256 of its files.
        whole: how its overall score is read.
    """

    name: str
    folder: Path
    digest: str
    whole: Whole = "said"


def tabulate(
    model: Contestant, decoding: "Decoding", images: pd.DataFrame, texts: Sequence[Sequence[str]]
) -> pd.DataFrame:
    """The rows of one model: n images of the manifest × k answers each."""
    rows = []
    for image, answers in zip(images.to_dict("records"), texts, strict=True):
        known = {name: image[name] for name in ("image_id", "dataset", "content", *LABELS)}
        rows += [{**known, "answer": number, **_read(text, model.whole)} for number, text in enumerate(answers)]
    constants: dict[str, Any] = {
        "model": model.name,
        "model_digest": model.digest,
        "whole": model.whole,
        "prompt": PROMPT.name,
        "prompt_digest": PROMPT.digest,
        "temperature": decoding.temperature,
        "seed": decoding.seed,
    }
    identity = ["image_id", "dataset", "content", "answer", "text", "failure", "strict"]
    return pd.DataFrame(rows, columns=[*identity, *SCORES, *LABELS]).assign(**constants)[
        [*constants, *identity, *SCORES, *LABELS]
    ]


def per_image(predictions: pd.DataFrame) -> pd.DataFrame:
    """One row per model and image, in the order of first appearance.

    Returns:
        ``model, image_id, dataset, content``, the labels, ``answers`` and ``failures`` (counts), and per attribute
        ``score_<key>``, the mean over the readable answers, and ``spread_<key>``, their standard deviation (n - 1);
        NaN where there are none, or fewer than two.
    """
    grouped = predictions.groupby(["model", "image_id"], sort=False)
    table = grouped[["dataset", "content", *LABELS]].first()
    table["answers"] = grouped.size()
    table["failures"] = grouped["failure"].count()
    spread = grouped[SCORES].std().rename(columns=lambda name: name.replace("score_", "spread_"))
    return pd.concat([table, grouped[SCORES].mean(), spread], axis=1).reset_index()


def read_predictions(folder: Path) -> pd.DataFrame:
    """Reads the table from an evaluation folder.

    Raises:
        MissingInput: there is none.
    """
    path = folder / PREDICTIONS
    if not path.is_file():
        raise MissingInput(f"{path} is not there", remedy="Make it with: dvc repro evaluate")
    return pd.read_parquet(path)


def _read(text: str, whole: Whole) -> dict[str, object]:
    answer = read_answer(text, whole)
    if isinstance(answer, Answer):
        scores = {f"score_{key}": answer.scores[key] for key in KEYS}
        return {"text": text, "failure": None, "strict": answer.strict, **scores}
    return {"text": text, "failure": answer.reason, "strict": False}
