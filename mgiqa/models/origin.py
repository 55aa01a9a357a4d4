"""Where a model came from, how it was made and how it is to be read: ``model.json`` beside the weights."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from mgiqa.errors import DataError
from mgiqa.quality.pooling import Whole

ORIGIN = "model.json"
REMEDY = "Make the model again, or fetch it again."


def read_origin(folder: Path) -> Mapping[str, Any]:
    """What ``write_origin`` wrote; nothing for a folder that MG-IQA did not make.

    Raises:
        DataError: it is no JSON object, or it tells to read the model in a way that is not known.
    """
    path = folder / ORIGIN
    if not path.is_file():
        return {}
    try:
        origin = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}", remedy=REMEDY) from None
    if not isinstance(origin, dict):
        raise DataError(f"{path} holds no object but {type(origin).__name__}", remedy=REMEDY)
    if (whole := origin.get("whole", "said")) not in get_args(Whole):
        known = " or ".join(get_args(Whole))
        raise DataError(f"{path} says whole: {whole!r}, where {known} is known", remedy=REMEDY)
    return origin


def write_origin(folder: Path, origin: Mapping[str, Any]) -> None:
    """Writes it; the same content gives the same bytes."""
    text = json.dumps(origin, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / ORIGIN).write_text(text + "\n", encoding="utf-8")


def how_read(origin: Mapping[str, Any]) -> Whole:
    """How the overall score of a model is read: as said, unless its origin tells that it was trained otherwise."""
    return origin.get("whole", "said")


def descent(origin: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a model that was made of another one takes over of its origin: what both began as."""
    return {name: origin[name] for name in ("model", "revision") if name in origin}
