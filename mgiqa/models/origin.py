"""Where a model came from, how it was made and how it is to be read: ``model.json`` beside the weights."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mgiqa.quality.pooling import Whole

ORIGIN = "model.json"


def read_origin(folder: Path) -> Mapping[str, Any]:
    """What ``write_origin`` wrote; nothing for a folder that MG-IQA did not make."""
    path = folder / ORIGIN
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def write_origin(folder: Path, origin: Mapping[str, Any]) -> None:
    """Writes it; the same content gives the same bytes."""
    text = json.dumps(origin, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / ORIGIN).write_text(text + "\n", encoding="utf-8")


def how_read(origin: Mapping[str, Any]) -> Whole:
    """How the overall score of a model is read: as said, unless its origin tells that it was trained otherwise."""
    return origin.get("whole", "said")
