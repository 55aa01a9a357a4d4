"""The layers of the code: from the import contracts in ``pyproject.toml`` and from the imports themselves."""

import ast
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import grimp

from generated.svg import box, path, picture, words

PACKAGES = ("mgiqa", "orchestration")
SOURCES = re.compile(r"\s*[|:]\s*")
WIDTH, HIGH, GAP, BOX = 360, 24, 14, 124
"""Of the picture, of a box and the room between two layers, and the width of a box; in its own units."""


@dataclass(frozen=True)
class Layers:
    """What the contract of all layers says, and what the code imports.

    Attributes:
        rows: the parts of each layer, the uppermost first; the last layer is the ground that all stand on.
        imports: part → the parts that it imports from, those of the ground left out.
    """

    rows: tuple[tuple[str, ...], ...]
    imports: Mapping[str, frozenset[str]]

    @property
    def ground(self) -> tuple[str, ...]:
        return self.rows[-1]

    def near(self, part: str) -> set[str]:
        """What a part imports from and does not reach through another one besides: enough to draw."""
        direct = self.imports[part]
        return {one for one in direct if not any(one in self._below(other) for other in direct - {one})}

    def _below(self, part: str) -> set[str]:
        return set(self.imports[part]).union(*(self._below(one) for one in self.imports[part]))


def contracts(root: Path) -> list[dict[str, Any]]:
    """The import contracts, as ``pyproject.toml`` has them."""
    found: list[dict[str, Any]] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    return found


@cache
def read_layers(root: Path) -> Layers:
    """The layers of the whole, with the imports between their parts."""
    whole = next(one for one in contracts(root) if one["type"] == "layers" and "containers" not in one)
    rows = tuple(tuple(SOURCES.split(layer.strip("()"))) for layer in whole["layers"])
    graph = grimp.build_graph(*PACKAGES, cache_dir=None, exclude_type_checking_imports=True)
    parts = {name for row in rows for name in row}
    drawn = {name for row in rows[:-1] for name in row}
    imports: dict[str, set[str]] = {name: set() for name in parts}
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            one, two = _part(module, parts), _part(other, parts)
            if one and two in drawn and one != two:
                imports[one].add(two)
    return Layers(rows, {name: frozenset(found) for name, found in imports.items()})


def _part(module: str, parts: set[str]) -> str:
    """The part that a module belongs to; none for the package itself."""
    return max((name for name in parts if f"{module}.".startswith(f"{name}.")), key=len, default="")


def draw_layers(root: Path) -> str:
    """The picture: a band for each layer with its parts, a line from each part to what it imports, the ground below."""
    layers = read_layers(root)
    place: dict[str, float] = {}
    bands = []
    y = 8.0
    for row in layers.rows[:-1]:
        bands.append(box(4, y, BOX + 12, HIGH * len(row) + 4 * (len(row) - 1) + 8, "layer"))
        for name in row:
            place[name] = y + 4
            y += HIGH + 4
        y += GAP
    boxes = [piece for name, top in place.items() for piece in _box(name, top)]
    lines = [_line(name, other, place) for name in place for other in sorted(layers.near(name))]
    ground = _ground(layers.ground, y)
    height = y + 14 + 17 * (len(ground) - 1) + 8
    return picture(WIDTH, height, "The layers; each imports only from below", [*bands, *lines, *boxes, *ground])


def short(part: str) -> str:
    """``mgiqa.reward`` → ``reward``."""
    return part.removeprefix("mgiqa.")


def _box(name: str, top: float) -> list[str]:
    return [box(10, top, BOX, HIGH, "part"), words(10 + BOX / 2, top + HIGH / 2, short(name))]


def _line(name: str, other: str, place: Mapping[str, float]) -> str:
    """An arc on the right, the wider the longer it is, so that none runs behind a box."""
    start, end = place[name] + HIGH * 0.65, place[other] + HIGH * 0.35
    edge = 10 + BOX
    out = edge + 24 + (WIDTH - edge - 40) * 1.33 * (end - start) / (max(place.values()) - min(place.values()))
    steps = f"M{edge:g} {start:g} C{out:g} {start:g} {out:g} {end:g} {edge:g} {end:g}"
    tip = path(f"M{edge:g} {end:g} l5 -2.5 v5 z", "tip")
    return path(steps, "import", f"{short(name)} imports {short(other)}") + tip


def _ground(names: tuple[str, ...], top: float) -> list[str]:
    rows: list[list[str]] = [[]]
    for name in (short(one) for one in names):
        if len("  ".join([*rows[-1], name])) > 42:
            rows.append([])
        rows[-1].append(name)
    lines = [words(WIDTH / 2, top + 15 + 17 * row, "  ·  ".join(some)) for row, some in enumerate(rows)]
    return [box(8, top, WIDTH - 16, 14 + 17 * len(rows), "ground"), *lines]


def list_parts(root: Path) -> str:
    """A table of the parts: what each holds, as its own docstring says, and what it imports from."""
    layers = read_layers(root)
    lines = ["| part | what it holds | imports from |", "|---|---|---|"]
    for row in layers.rows[:-1]:
        lines += [_describe(root, name, layers.imports[name]) for name in row]
    lines += [_describe(root, name, frozenset()) for name in layers.ground]
    return "\n".join(lines)


def _describe(root: Path, part: str, imports: frozenset[str]) -> str:
    below = ", ".join(short(one) for one in sorted(imports))
    name = file_of(root, part).relative_to(root).as_posix().removeprefix("mgiqa/")
    return f"| `{name}` | {summary(root, part)} | {below} |"


def file_of(root: Path, part: str) -> Path:
    """The folder of a package, the file of a module."""
    place = root.joinpath(*part.split("."))
    return place if place.is_dir() else place.with_suffix(".py")


def summary(root: Path, part: str) -> str:
    """The first sentence of a part's docstring."""
    place = file_of(root, part)
    code = (place / "__init__.py" if place.is_dir() else place).read_text(encoding="utf-8")
    first, _, _ = (ast.get_docstring(ast.parse(code)) or "").partition("\n\n")
    return " ".join(first.split()).replace("``", "`")


def list_contracts(root: Path) -> str:
    """Every further contract in words: layers inside a part, and what may not be imported where."""
    return "\n".join(_contract(one) for one in contracts(root) if one["type"] == "forbidden" or "containers" in one)


def _contract(contract: Mapping[str, Any]) -> str:
    if contract["type"] == "layers":
        inside = ", ".join(f"`{name}`" for name in contract["containers"])
        rows = " → ".join(", ".join(f"`{name}`" for name in SOURCES.split(row)) for row in contract["layers"])
        return f"* **{contract['name']}** ({inside}): {rows}"
    sources = ", ".join(f"`{name}`" for name in contract["source_modules"])
    forbidden = ", ".join(f"`{name}`" for name in contract["forbidden_modules"])
    how = "" if contract.get("allow_indirect_imports") else ", by whatever way"
    return f"* **{contract['name']}**: {sources} must not import {forbidden}{how}."
