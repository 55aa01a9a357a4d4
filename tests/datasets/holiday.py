"""The dataset of one's own that docs/guides/add-a-dataset.md describes: its settings as they stand there, and files."""

from pathlib import Path
from typing import Any

import yaml

from tests.datasets.layouts import write_image

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "add-a-dataset.md"
SCENES, VERSIONS = 8, 3


def examples() -> list[dict[str, Any]]:
    """Every example of params.yaml on the page, in order."""
    blocks = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1:]
    return [yaml.safe_load(block.partition("```")[0]) for block in blocks]


def documented() -> dict[str, Any]:
    """The example of a dataset of one's own."""
    (found,) = [example for example in examples() if "holiday" in example["ingest"]["datasets"]]
    return found


def write_holiday(folder: Path, *more: str) -> Path:
    """Images and table; ``more`` are further rows."""
    rows = [f"{scene}-{version}.png" for scene in range(SCENES) for version in range(VERSIONS)]
    table = [f"{name},{4 * at},{99 - 4 * at},8.5,scene {at // VERSIONS}" for at, name in enumerate(rows)]
    for seed, name in enumerate(rows):
        write_image(folder / "pictures" / name, 1000 + seed, (72, 60))
    text = "\n".join(["file,score,crispness,spread,scene", *table, *more]) + "\n"
    (folder / "scores.csv").write_text(text, encoding="utf-8")
    return folder
