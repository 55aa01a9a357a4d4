"""Presets: named sets of values that are written into ``params.yaml``.

A preset holds only what differs, and says at its head (``about``) what hardware it needs and where its numbers come
from. It is written into the file rather than layered under it, so that what runs is always what the file says, and
DVC sees every value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mgiqa.errors import SettingsError
from mgiqa.names import verify_name
from mgiqa.settings import check_settings
from mgiqa.settings.document import read_document

NAMED = frozenset({"datasets", "reward_options"})
"""Mappings whose keys are names rather than settings: a preset replaces them whole, or it could never leave one out."""

TOPICS = ("for", "hardware", "memory", "source")
"""What a preset says of itself."""


@dataclass(frozen=True)
class Preset:
    """A named set of values.

    Attributes:
        name: file name without ending.
        about: topic (see ``TOPICS``) → one sentence.
        values: the part of ``params.yaml`` that it replaces, section by section.
    """

    name: str
    about: Mapping[str, str]
    values: Mapping[str, Any]


def list_presets(root: Path) -> list[Preset]:
    """All presets of the checkout, by name."""
    return [_read(path) for path in sorted((root / "presets").glob("*.yaml"))]


def find_preset(root: Path, name: str) -> Preset:
    """The preset ``name``.

    Raises:
        SettingsError: there is none; the message lists those there are.
    """
    path = root / "presets" / f"{verify_name('preset', name)}.yaml"
    if not path.is_file():
        names = ", ".join(preset.name for preset in list_presets(root))
        raise SettingsError(f"no preset is called {name!r}", remedy=f"Choose one of: {names}.")
    return _read(path)


def with_preset(params: Mapping[str, Any], preset: Preset) -> dict[str, Any]:
    """The mapping of ``params.yaml`` with the values of a preset in their places."""
    return _merge(dict(params), preset.values)


def use_preset(params: Path, preset: Preset) -> None:
    """Writes the values of ``preset`` into ``params``, keeping its comments and everything the preset is silent on.

    Raises:
        SettingsError: the result would not be valid; the file is then untouched.
    """
    from ruamel.yaml import YAML

    form = YAML()
    form.preserve_quotes = True
    form.width = 120
    check_settings(with_preset(read_document(params), preset), preset.name)
    content = form.load(params.read_text(encoding="utf-8")) or {}
    _merge(content, preset.values)
    draft = params.with_name(f".{params.name}.draft")
    with draft.open("w", encoding="utf-8") as file:
        form.dump(content, file)
    draft.replace(params)


def _read(path: Path) -> Preset:
    content = read_document(path, f"presets/{path.name}")
    about = content.pop("about", None)
    if not isinstance(about, Mapping) or not all(isinstance(about.get(topic), str) for topic in TOPICS):
        raise SettingsError(
            f"presets/{path.name} does not say what it is",
            remedy=f"Give it a section `about` with a sentence each for: {', '.join(TOPICS)}.",
        )
    return Preset(path.stem, about, content)


def _merge(content: Any, values: Mapping[str, Any]) -> Any:
    for key, value in values.items():
        if isinstance(value, Mapping) and isinstance(content.get(key), Mapping) and key not in NAMED:
            _merge(content[key], value)
        else:
            content[key] = value
    return content
