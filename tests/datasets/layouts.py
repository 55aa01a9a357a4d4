"""Small datasets in official layouts, written by hand, so that every fault can be put into one."""

from pathlib import Path

import numpy as np
from PIL import Image

KADID_HEADER = "dist_img,ref_img,dmos,var"


def write_image(path: Path, seed: int = 0, size: tuple[int, int] = (40, 32)) -> Path:
    """A picture of its own for every seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(path)
    return path


def kadid_rows(contents: int = 6, versions: int = 3) -> list[str]:
    """Rows of dmos.csv: ``contents`` references with ``versions`` images each."""
    return [
        f"I{content:02d}_01_{version:02d}.png,I{content:02d}.png,{1 + (7 * content + version) % 40 / 10:.2f},0.25"
        for content in range(1, contents + 1)
        for version in range(1, versions + 1)
    ]


def write_kadid(folder: Path, rows: list[str] | None = None, end: str = "\n", header: str = KADID_HEADER) -> Path:
    """KADID-10k with the given label rows, and the image that each of them names."""
    rows = kadid_rows() if rows is None else rows
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dmos.csv").write_bytes((end.join([header, *rows]) + end).encode())
    for seed, row in enumerate(rows):
        write_image(folder / "images" / row.split(",")[0], seed)
    return folder


def write_params(folder: Path, name: str, source: Path | str, more: str = "") -> Path:
    """A workspace whose only dataset is ``name``; ``more`` is further text of params.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f"ingest:\n  datasets:\n    {name}: {{source: {source}}}\n{more}"
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    return folder
