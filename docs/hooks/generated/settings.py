"""Every setting with its default, from the classes that check ``params.yaml``."""

import json
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic.fields import FieldInfo

from generated.dataflow import read_stages
from mgiqa.settings import Settings
from mgiqa.settings.section import Section

BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
PLAIN = {"str": "text", "int": "integer", "float": "number", "bool": "true, false"}


def list_settings(root: Path) -> str:
    """Markdown with a heading and a table per section."""
    written = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    fields = {field.alias or name: field for name, field in Settings.model_fields.items()}
    plain = {name: field for name, field in fields.items() if not section_of(field)}
    parts = [_table("## The whole", "", plain, written)]
    for name, field in fields.items():
        if section := section_of(field):
            parts += _sections(root, name, section, written.get(name, {}), "##")
    return "\n\n".join(parts)


def section_of(field: FieldInfo) -> type[Section] | None:
    """The section that a field holds, itself or as the values of a mapping; none if it holds values."""
    return next((one for one in _types(field.annotation) if isinstance(one, type) and issubclass(one, Section)), None)


def _types(kind: Any) -> Iterator[Any]:
    yield kind
    for inner in typing.get_args(kind):
        yield from _types(inner)


def _sections(root: Path, name: str, section: type[Section], written: Any, level: str) -> Iterator[str]:
    """The table of a section, then those of the sections inside it."""
    fields = {field.alias or key: field for key, field in section.model_fields.items()}
    readers = [
        stage.name
        for stage in read_stages(root)
        if name in {one.partition(".")[0] for one in (*stage.settings, name)}
        and any(f"{one}.".startswith(f"{name}.") for one in stage.settings)
    ]
    read = f" Read by {', '.join(f'`{one}`' for one in readers)}." if readers else ""
    source = f"`{section.__module__.replace('.', '/')}.py`"
    lead = f"{_text(section.__doc__)}{read} Defined in {source}."
    values = {key: field for key, field in fields.items() if not section_of(field)}
    yield _table(f"{level} {name}", lead, values, written if isinstance(written, dict) else {})
    for key, field in fields.items():
        if inner := section_of(field):
            inside = written.get(key, {}) if isinstance(written, dict) else {}
            many = typing.get_origin(field.annotation) is dict
            yield from _sections(
                root, f"{name}.{key}" + (".NAME" if many else ""), inner, {} if many else inside, "###"
            )


def _table(heading: str, lead: str, fields: dict[str, FieldInfo], written: Any) -> str:
    lines = [heading, "", *([lead, ""] if lead else [])]
    if fields:
        lines += ["| setting | values | default | params.yaml | |", "|---|---|---|---|---|"]
        lines += [_row(name, field, written) for name, field in fields.items()]
    return "\n".join(lines)


def _row(name: str, field: FieldInfo, written: Any) -> str:
    here = _value(written[name]) if name in written else ""
    cells = [f"`{name}`", _values(field), _value(field.get_default(call_default_factory=True)), here]
    return f"| {' | '.join([*cells, _text(field.description)])} |"


def _value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return f"`{text}`".replace("|", "\\|")


def _values(field: FieldInfo) -> str:
    """What a setting may be: its choices, or its kind and bounds."""
    choices = [
        value
        for kind in _types(field.annotation)
        if typing.get_origin(kind) is typing.Literal
        for value in typing.get_args(kind)
    ]
    if choices:
        return ", ".join(f"`{value}`" for value in choices)
    bounds = [
        f"{sign} {getattr(one, key)}" for one in field.metadata for key, sign in BOUNDS.items() if hasattr(one, key)
    ]
    return " ".join([_kind(field.annotation), ", ".join(bounds)]).strip()


def _kind(kind: Any) -> str:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return f"list of {_kind(inner[0])}"
    if origin is dict:
        return f"{_kind(inner[0])} → {_kind(inner[1])}"
    if origin is typing.Annotated:
        return _kind(inner[0])
    if origin in (types.UnionType, typing.Union):
        return ", ".join(_kind(one) for one in inner if one is not type(None))
    return PLAIN.get(getattr(kind, "__name__", ""), getattr(kind, "__name__", str(kind)))


def _text(text: str | None) -> str:
    """A docstring as a cell of a table; where it has paragraphs, all of them."""
    return " ".join((text or "").split()).replace("``", "`").replace("|", "\\|")
