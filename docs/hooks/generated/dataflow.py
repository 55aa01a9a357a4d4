"""The way of the data: from ``dvc.yaml``, which is what DVC runs and what Dagster shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from generated.svg import box, path, picture, words

WIDTH, ROW, HIGH, FIRST, SECOND = 360, 50, 34, 84, 138
"""Of the picture, of a stage's row and box, of the boxes for stages and for what they write; in its own units."""


@dataclass(frozen=True)
class Node:
    """A stage as ``dvc.yaml`` has it.

    Attributes:
        name: its verb.
        summary: what it does.
        reads: results of other stages.
        code: files and folders of the code that it depends on.
        settings: sections or single settings of ``params.yaml``.
        writes: its result.
    """

    name: str
    summary: str
    reads: tuple[str, ...]
    code: tuple[str, ...]
    settings: tuple[str, ...]
    writes: str


@cache
def read_stages(root: Path) -> tuple[Node, ...]:
    """The stages in their order."""
    stages = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    return tuple(_read(name, body) for name, body in stages.items())


def _read(name: str, body: Mapping[str, Any]) -> Node:
    body = body.get("do", body)
    deps = [_plain(one) for one in body.get("deps", ())]
    return Node(
        name=name,
        summary=_plain(body["desc"]),
        reads=tuple(one for one in deps if one.startswith("data/")),
        code=tuple(one for one in deps if not one.startswith("data/")),
        settings=tuple(_plain(one) for one in body.get("params", ())),
        writes=_plain(body["outs"][0]),
    )


def _plain(text: str) -> str:
    return text.replace("${key}", "NAME")


def _is_read(written: str, read: str) -> bool:
    """Whether a stage that reads ``read`` reads what another one writes: the same folder, or the one above it."""
    return f"{written}/".startswith(f"{read}/")


def readers(stages: tuple[Node, ...], written: str) -> list[int]:
    """The places of the stages that read a result."""
    return [number for number, stage in enumerate(stages) if any(_is_read(written, one) for one in stage.reads)]


def draw_stages(root: Path) -> str:
    """The picture: stages on the left, what each writes on the right; from there a lane down to all that read it."""
    stages = read_stages(root)
    pieces = []
    for number, stage in enumerate(stages):
        y = 10 + ROW * number
        middle = y + HIGH / 2
        pieces += [
            path(
                f"M{4 + FIRST} {y + HIGH - 4:g} H{WIDTH - 4 - SECOND}", "writes", f"{stage.name} writes {stage.writes}"
            ),
            *_lane(stages, number),
            box(4, y, FIRST, HIGH, "part"),
            words(4 + FIRST / 2, middle, stage.name),
            box(WIDTH - 4 - SECOND, y, SECOND, HIGH, "result"),
            words(WIDTH - 4 - SECOND / 2, middle, stage.writes, "file"),
        ]
    return picture(WIDTH, 10 + ROW * len(stages), "What each stage reads and writes", pieces)


def _lane(stages: tuple[Node, ...], number: int) -> list[str]:
    """The way of one result; lanes lie side by side, so that each can be followed."""
    stage, places = stages[number], readers(stages, stages[number].writes)
    gap = WIDTH - 8 - FIRST - SECOND
    x = WIDTH - 4 - SECOND - (number + 1) * gap / (len(stages) + 1)
    start = 10 + ROW * number + HIGH
    pieces = []
    for place in places:
        sources = [one for one in range(len(stages)) if place in readers(stages, stages[one].writes)]
        y = 10 + ROW * place + (HIGH - 8) * (sources.index(number) + 1) / (len(sources) + 1)
        steps = f"M{WIDTH - SECOND + 8 + 12 * number:g} {start:g} v4 H{x:g} V{y:g} H{4 + FIRST}"
        pieces.append(path(steps, f"lane lane-{number % 4}", f"{stages[place].name} reads {stage.writes}"))
        pieces.append(path(f"M{4 + FIRST} {y:g} l6 -3.5 v7 z", f"tip tip-{number % 4}"))
    return pieces


def list_stages(root: Path) -> str:
    """A heading per stage with what it reads, writes and depends on, complete."""
    stages = read_stages(root)
    return "\n\n".join(_describe(stage, stages) for stage in stages)


def _describe(stage: Node, stages: tuple[Node, ...]) -> str:
    users = [stages[number].name for number in readers(stages, stage.writes)]
    rows = [
        ("reads", _listed(stage.reads) or "the sources that `ingest.datasets` names"),
        ("settings", ", ".join(_setting(one) for one in stage.settings)),
        ("writes", f"`{stage.writes}`" + (f", read by {_listed(users)}" if users else "")),
        ("starts in", f"`mgiqa/stages/{stage.name}.py`"),
    ]
    code = " ".join(f"<code>{one}</code>" for one in stage.code)
    table = "\n".join(f"| {name} | {text} |" for name, text in rows)
    again = f"<details><summary>Code whose change runs it again</summary><p>{code}</p></details>"
    return f"### {stage.name}\n\n{stage.summary}.\n\n| | |\n|---|---|\n{table}\n\n{again}"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _setting(name: str) -> str:
    section = name.partition(".")[0]
    return f"`{name}`" if section == "seed" else f"[`{name}`](reference/settings.md#{section})"
