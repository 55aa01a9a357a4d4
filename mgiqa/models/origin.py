"""Where a model came from, how it was made and how it is to be read: ``model.json`` beside the weights. All of it is
asked before torch is loaded, which takes seconds.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from mgiqa.errors import DataError, MissingInput
from mgiqa.overall import Overall

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
    if (overall := origin.get("overall")) not in get_args(Overall):
        known = " or ".join(get_args(Overall))
        raise DataError(f"{path} says overall: {overall!r}, where {known} is needed", remedy=REMEDY)
    return origin


def write_origin(folder: Path, origin: Mapping[str, Any]) -> None:
    """Writes it; the same content gives the same bytes."""
    text = json.dumps(origin, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / ORIGIN).write_text(text + "\n", encoding="utf-8")


def how_read(origin: Mapping[str, Any]) -> Overall:
    """How the overall score of a model is read; one that MG-IQA did not make has no origin, and says what it means."""
    return origin["overall"] if origin else "direct"


def descent(origin: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a model that was made of another one takes over of its origin: what both began as."""
    return {name: origin[name] for name in ("model", "revision") if name in origin}


def check_folder(folder: Path) -> None:
    """Whether a folder can hold a model, by names and small files; the weights are looked at by who loads them.

    Raises:
        MissingInput: there is no configuration, or no weights beside it.
        DataError: the configuration or the origin cannot be read.
    """
    config = folder / "config.json"
    if not config.is_file():
        raise MissingInput(f"{folder} holds no model", remedy="Name a folder with config.json and its weights.")
    if not any(folder.glob("*.safetensors")):
        raise MissingInput(f"{folder} holds a config.json and no weights (*.safetensors)", remedy=REMEDY)
    try:
        content = json.loads(config.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{config} is no JSON: {error}", remedy=REMEDY) from None
    if not isinstance(content, dict) or "model_type" not in content:
        raise DataError(f"{config} names no model_type", remedy=REMEDY)
    read_origin(folder)
