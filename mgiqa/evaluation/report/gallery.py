"""Which images the report shows, with what was said of them: the best, the worst, and those without a score."""

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from mgiqa.attributes import ATTRIBUTES, TITLES
from mgiqa.columns import mos_column, score_column
from mgiqa.dialogue.answer import read_answer
from mgiqa.errors import ImageError
from mgiqa.evaluation.report.evidence import SUBJECT, Evidence
from mgiqa.images.opening import open_image

_SIDE = 480
"""Longest side of a shown image in pixels; smaller ones are shown as they are, without loss."""


@dataclass(frozen=True)
class Line:
    """One attribute of a case: label, human score and score of the model (None where there is none), reasoning."""

    label: str
    human: float | None
    model: float | None
    reason: str


@dataclass(frozen=True)
class Case:
    """One image of the gallery.

    Attributes:
        name: of the image's file.
        dataset: its title.
        picture: the image as a data address; empty where it cannot be read any more.
        lines: per attribute.
        ranks: percentile of the human score and of the model's, among the dataset's test images.
        text: the answer as written; failure: why it could not be read, empty if it could.
    """

    name: str
    dataset: str
    picture: str
    lines: tuple[Line, ...]
    ranks: tuple[float, float] | None
    text: str
    failure: str


def choose(evidence: Evidence, count: int) -> dict[str, list[Case]]:
    """Up to ``count`` cases: ``best`` and ``worst`` by rank within their dataset, a third each, and ``failed``."""
    ranked = _ranked(evidence)
    third = count // 3
    levels = ranked.groupby("dataset")["human"].transform(lambda ranks: pd.cut(ranks, 3, labels=False))
    spread = ranked.sort_values("gap").groupby(["dataset", levels], sort=False).head(1)
    chosen = {
        "best": spread.head(third).sort_values("human"),
        "worst": ranked.sort_values("gap", ascending=False, kind="stable").head(third),
        "failed": _failed(evidence).head(count - 2 * third),
    }
    return {name: [_case(evidence, row) for row in rows.to_dict("records")] for name, rows in chosen.items()}


def _ranked(evidence: Evidence) -> pd.DataFrame:
    """The scored images, with the percentile ranks of both overall scores in their dataset, and their difference."""
    rows = evidence.of(SUBJECT).dropna(subset=[score_column("overall"), mos_column("overall")])
    by_dataset = rows.groupby("dataset")
    human, model = (by_dataset[name].rank(pct=True) for name in (mos_column("overall"), score_column("overall")))
    return rows.assign(human=human, model_rank=model, gap=(human - model).abs())


def _failed(evidence: Evidence) -> pd.DataFrame:
    answers = evidence.predictions
    failed = answers[(answers["model"] == SUBJECT) & answers["failure"].notna()].drop_duplicates("image_id")
    images = evidence.of(SUBJECT)
    return images[images["image_id"].isin(failed["image_id"])]


def _case(evidence: Evidence, row: Mapping[Any, Any]) -> Case:
    answers = evidence.predictions
    of_image = answers[(answers["model"] == SUBJECT) & (answers["image_id"] == row["image_id"])]
    shown = of_image[of_image["failure"].notna()] if "gap" not in row else of_image[of_image["failure"].isna()]
    text = str(shown["text"].iloc[0])
    read = read_answer(text)
    reasoning = read.reasoning if read.readable else {}
    (place,) = evidence.manifest.loc[evidence.manifest["image_id"] == row["image_id"], "path"]
    return Case(
        name=str(row["image_id"]).rpartition("/")[2],
        dataset=evidence.title(str(row["dataset"])),
        picture=_picture(evidence.root / place),
        lines=tuple(
            Line(
                TITLES[evidence.score] if attribute.key == "overall" else attribute.label,
                _known(row[mos_column(attribute.key)]),
                _known(row[score_column(attribute.key)]),
                reasoning.get(attribute.key, ""),
            )
            for attribute in ATTRIBUTES
        ),
        ranks=(row["human"], row["model_rank"]) if "gap" in row else None,
        text=text,
        failure=read.failure,
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _picture(path: Path) -> str:
    try:
        image = open_image(path)
    except ImageError:
        return ""
    form = "PNG" if max(image.size) <= _SIDE else "JPEG"
    image.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    content = BytesIO()
    image.save(content, form, quality=88, optimize=True)
    return f"data:image/{form.lower()};base64,{base64.b64encode(content.getvalue()).decode()}"
