"""Whether a folder can hold a model: asked before torch is loaded, which takes seconds."""

import json
from pathlib import Path

from mgiqa.errors import DataError, MissingInput
from mgiqa.models.origin import REMEDY, read_origin


def check_folder(folder: Path) -> None:
    """Looks at names and small files; the weights are looked at by who loads them.

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
