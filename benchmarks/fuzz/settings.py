"""Files of settings, changed at random: settings that say what is possible, or one sentence."""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import yaml
from _drawn import judged, must
from hypothesis import strategies as st

from mgiqa.errors import SettingsError
from mgiqa.names import is_name
from mgiqa.settings import Settings, read_settings
from mgiqa.settings.section import Section

COUNT = 20_000
PARAMS = (Path(__file__).parents[2] / "params.yaml").read_bytes()
CONTENT = yaml.safe_load(PARAMS)
WORDS = (
    "",
    "x",
    "sample",
    "../../x",
    "/etc",
    "x;touch FILE;",
    "$(id)",
    "a\nb",
    "\x1b[2J",
    "ä",
    "true",
    "nan",
    "1e400",
    "mos",
    "~",
    "http://x",
    "a" * 5000,
    "\udcff".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "{image}",
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(), inner, max_size=3),
    max_leaves=6,
)
FRAGMENTS = st.sampled_from(
    [
        b"[" * 3000,
        b"&a [*a]",
        b"\xff",
        b"\x00",
        b"\t",
        b"? ",
        b"!!python/name:os.system",
        b"- ",
        b": ",
        b"{",
        b"}",
        b"'",
        b'"',
        b"<<: *x",
        b"1_0",
        b"0o17",
        b"2020-13-45",
        b".inf",
    ]
)


def _places(section: type[Section], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in section.model_fields.items():
        place = (*above, field.alias or name)
        yield place
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from _places(field.annotation, place)


PLACES = [
    *_places(Settings),
    ("ingest", "datasets", "mine"),
    ("ingest", "datasets", "mine", "custom"),
    *(("ingest", "datasets", "mine", "custom", name) for name in ("labels", "images", "mos", "delimiter", "lowest")),
    *(("ingest", "datasets", word) for word in WORDS),
]


@st.composite
def _changed_values(draw: st.DrawFn) -> bytes:
    content = yaml.safe_load(PARAMS)
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        here = content
        for part in place[:-1]:
            if not isinstance(here.get(part), dict):
                here[part] = {}
            here = here[part]
        here[place[-1]] = draw(VALUES)
    return yaml.safe_dump(content, allow_unicode=True).encode()


@st.composite
def _changed_bytes(draw: st.DrawFn) -> bytes:
    text = bytearray(PARAMS)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        text[start : start + draw(st.integers(0, 40))] = draw(FRAGMENTS | st.binary(max_size=8))
    return bytes(text)


def _judge(text: bytes) -> str:
    path = FOLDER / "params.yaml"
    path.write_bytes(text)
    try:
        found = read_settings(path)
    except SettingsError as error:
        said = str(error)
        must(said.startswith("params.yaml") and said.isprintable() and len(said) < 5000, said)
        return "refused"
    _verify(found)
    return "settings"


def _verify(found: Settings) -> None:
    """What no settings may say."""
    for value in _leaves(found.model_dump()):
        must(not isinstance(value, float) or math.isfinite(value), "a number that is none")
    names = [*found.ingest.datasets, *found.evaluate.datasets, *found.train.datasets]
    must(all(map(is_name, [*names, found.register_.model, found.tracking.experiment])), "a name that is none")
    for source in found.ingest.datasets.values():
        for path in (source.custom.labels, source.custom.images) if source.custom else ():
            must(not PurePath(path).is_absolute() and ".." not in PurePath(path).parts, "a way out of the source")


def _leaves(value: Any) -> Iterator[Any]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _leaves(inner)
    yield value


def run(count: int, seed: int) -> bool:
    """Half of the cases change values, half the bytes; see ``benchmarks/fuzz/__main__.py``."""
    global FOLDER
    with tempfile.TemporaryDirectory() as folder:
        FOLDER = Path(folder)
        print(f"settings, seed {seed}")
        return judged(_changed_values() | _changed_bytes() | st.binary(max_size=200), _judge, count, seed)


FOLDER = Path()
