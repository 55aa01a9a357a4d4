"""The table of predictions: one row per model, image and answer, with all that a figure rests on.

Columns: ``model, model_digest, whole`` (how its overall score is read in use), ``prompt, prompt_digest,
manifest_digest, temperature, seed, max_tokens, image_id, dataset, content, answer`` (number of the answer, from 0),
``text``, ``failure`` (reason, or null), ``strict``, per attribute key ``score_<key>`` as the answer says it, and
``score_pooled``, its overall score pooled with the technical attributes (NaN where the answer could not be read), and
``mos_<key>`` and ``std_<key>`` (common scale; NaN where there is no label).

Every answer is read both ways, whoever gave it: what is compared must be read alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mgiqa.attributes import KEYS, LABEL_OF
from mgiqa.columns import mos_column, score_column, spread_column, std_column
from mgiqa.dialogue.answer import read_answer
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import MissingInput
from mgiqa.evaluation.results.files import PREDICTIONS
from mgiqa.overall import Overall, pooled

if TYPE_CHECKING:
    from mgiqa.scoring.generation import Decoding

_OVERALL: Mapping[Overall, str] = {"direct": "overall", "pooled": "pooled"}
"""How the overall score is read → what holds it."""
SCORES = [score_column(key) for key in LABEL_OF]
_IMAGE = ["image_id", "dataset", "content", "per_content"]
"""What is known of an image besides its labels; ``per_content`` as in the manifest."""
LABELS = [column(key) for key in KEYS for column in (mos_column, std_column)]


@dataclass(frozen=True)
class EvaluatedModel:
    """A model that takes part.

    Attributes:
        name: base, warmup or policy; the stage that made it.
        folder: where it lies.
        digest: SHA-256 of its files.
        overall: how its overall score is read in use.
    """

    name: str
    folder: Path
    digest: str
    overall: Overall


def tabulate(
    model: EvaluatedModel, decoding: "Decoding", images: pd.DataFrame, texts: Sequence[Sequence[str]], manifest: str
) -> pd.DataFrame:
    """The rows of one model: n images × k answers each; ``manifest`` is the digest of the one that they are from."""
    rows = []
    for image, answers in zip(images.to_dict("records"), texts, strict=True):
        known = {name: image[name] for name in (*_IMAGE, *LABELS)}
        rows += [{**known, "answer": number, **_read(text)} for number, text in enumerate(answers)]
    constants: dict[str, Any] = {
        "model": model.name,
        "model_digest": model.digest,
        "overall": model.overall,
        "prompt": PROMPT.name,
        "prompt_digest": PROMPT.digest,
        "manifest_digest": manifest,
        "temperature": decoding.temperature,
        "seed": decoding.seed,
        "max_tokens": decoding.max_tokens,
    }
    identity = [*_IMAGE, "answer", "text", "failure", "strict"]
    return pd.DataFrame(rows, columns=[*identity, *SCORES, *LABELS]).assign(**constants)[
        [*constants, *identity, *SCORES, *LABELS]
    ]


def per_image(predictions: pd.DataFrame) -> pd.DataFrame:
    """One row per model and image, in the order of first appearance.

    Returns:
        ``model, image_id, dataset, content, per_content``, the labels, ``answers`` and ``failures`` (counts), and for
        all in ``LABEL_OF`` ``score_<key>``, the mean over the readable answers, and ``spread_<key>``, their standard
        deviation (n - 1); NaN where there are none, or fewer than two.
    """
    grouped = predictions.groupby(["model", "image_id"], sort=False)
    table = grouped[[*_IMAGE[1:], *LABELS]].first()
    table["answers"] = grouped.size()
    table["failures"] = grouped["failure"].count()
    spread = grouped[SCORES].std().rename(columns={score_column(key): spread_column(key) for key in LABEL_OF})
    return pd.concat([table, grouped[SCORES].mean(), spread], axis=1).reset_index()


def in_use(predictions: pd.DataFrame, model: str) -> str:
    """Which overall score counts where ``model`` is used: ``overall`` or ``pooled``."""
    return _OVERALL[predictions.loc[predictions["model"] == model, "overall"].iloc[0]]


def read_as(table: pd.DataFrame, score: str) -> pd.DataFrame:
    """``table`` with that overall score (``overall`` or ``pooled``) of every model as ``score_overall``."""
    return table.assign(**{score_column("overall"): table[score_column(score)]})


def scores_of(images: pd.DataFrame, key: str) -> pd.DataFrame:
    """One score of the images, as pairs and entries take it.

    Args:
        images: see ``per_image``.
        key: a key of ``LABEL_OF``.

    Returns:
        ``images`` with the label as ``mos`` and the score as ``score``.
    """
    return images.rename(columns={mos_column(LABEL_OF[key]): "mos", score_column(key): "score"})


def read_predictions(folder: Path) -> pd.DataFrame:
    """Reads the table from an evaluation folder.

    Raises:
        MissingInput: there is none.
    """
    path = folder / PREDICTIONS
    if not path.is_file():
        raise MissingInput(f"{path} is not there", remedy="Make it with: dvc repro evaluate")
    return pd.read_parquet(path)


def _read(text: str) -> dict[str, object]:
    answer = read_answer(text)
    if answer.readable:
        direct = [answer.scores[key] for key in KEYS]
        scores = dict(zip(SCORES, [*direct, float(pooled(np.array(direct)))], strict=True))
        return {"text": text, "failure": None, "strict": answer.strict, **scores}
    return {"text": text, "failure": answer.failure, "strict": False}
