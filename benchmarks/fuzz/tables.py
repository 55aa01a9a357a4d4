"""Tables of labels, changed at random: labels whose images lie in the dataset, or one sentence."""

import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from _drawn import judged, must
from hypothesis import strategies as st

from mgiqa.datasets.catalogue.custom import custom_dataset
from mgiqa.datasets.read.labels import read_labels
from mgiqa.datasets.read.locate import Locator
from mgiqa.errors import MGIQAError
from mgiqa.settings.data import Custom

COUNT = 20_000
COLUMNS = {"image": "image", "content": "content", "split": "split", "prompt": "prompt"}
CELLS = st.sampled_from(
    [
        "",
        "a.jpg",
        "b/a.jpg",
        "../a.jpg",
        "/etc/passwd",
        "..\\a.jpg",
        "C:\\a.jpg",
        "3.2",
        "1e400",
        "nan",
        "inf",
        "-1",
        "1,5",
        "train",
        "test",
        "TEST ",
        "other",
        '"',
        '""',
        "a,b",
        "a\nb",
        "\r",
        "\x00",
        "{image}",
        "{0.__class__}",
        "=1+1",
        "ä",
        "\u202e",
        "9" * 400,
        "a" * 300,
        "NULL",
        "True",
    ]
)
HEADERS = st.sampled_from(
    ["image,mos,std,content,split,prompt", "image,mos", "mos,image,image", "", "image;mos", "c*,mos"]
)


@st.composite
def _text(draw: st.DrawFn) -> tuple[str, bytes]:
    rows = draw(st.lists(st.lists(CELLS | st.text(max_size=4), max_size=7).map(",".join), max_size=6))
    text = "\n".join([draw(HEADERS), *rows]).encode("utf-8", "replace")
    return "labels.csv", draw(st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00"])) + text


def _whole(form: str) -> bytes:
    """A right table in a form that is no text."""
    frame = pd.DataFrame({"image": [f"{row}.jpg" for row in range(6)], "mos": np.linspace(1, 5, 6)})
    kept = io.BytesIO()
    if form == "xlsx":
        frame.to_excel(kept, index=False)
    else:
        frame.to_parquet(kept)
    return kept.getvalue()


WHOLE = {form: _whole(form) for form in ("xlsx", "parquet")}


@st.composite
def _bytes(draw: st.DrawFn) -> tuple[str, bytes]:
    form = draw(st.sampled_from(sorted(WHOLE)))
    text = bytearray(WHOLE[form])
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        text[start : start + draw(st.integers(0, 30))] = draw(st.binary(max_size=8))
    return f"labels.{form}", bytes(text)


def _judge(case: tuple[str, bytes]) -> str:
    name, content = case
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "set"
        root.mkdir()
        (root / name).write_bytes(content)
        (root / "a.jpg").touch()
        (Path(folder) / "a.jpg").touch()
        more = {key: COLUMNS[key] for key in ("content", "split", "prompt") if key.encode() in content[:60]}
        try:
            found = read_labels(custom_dataset("mine", Custom(labels=name, **more)), root)
            located = [Locator(root).find(images) for images in found.table["images"]]
        except MGIQAError as error:
            must(str(error).isprintable() and len(str(error)) < 5000, str(error))
            return f"refused: {type(error).__name__}"
        for path in located:
            inside = path is None or (root / path).resolve().is_relative_to(root.resolve())
            must(inside, "an image outside the dataset")
        must(found.table["mos_overall"].dtype == float, "a score that is no number")
        return "labels"


def run(count: int, seed: int) -> bool:
    """See ``benchmarks/fuzz/__main__.py``."""
    print(f"tables, seed {seed}")
    return judged(_text() | _bytes(), _judge, count, seed)
