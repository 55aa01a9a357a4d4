"""A YAML file with a mapping, read as DVC reads it, or refused in one sentence."""

from collections.abc import Iterator, Mapping
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from mgiqa.errors import SettingsError, shown

LARGEST = 50_000
"""Bytes; settings are a page or two."""
DEEPEST, MOST = 20, 10_000
"""Levels, and values with those that an alias repeats: a page with nine aliases can stand for a billion values."""

LONGEST_KEY = 200
PLAIN = (str, bool, int, float, list, type(None))


def read_document(path: Path, name: str = "") -> dict[str, Any]:
    """The mapping that a file holds; empty if the file is.

    Args:
        path: the file.
        name: what the message calls it; its own name by default.

    Raises:
        SettingsError: it is not there, no text in UTF-8, no YAML, or no mapping.
    """
    name = name or path.name
    return parse_document(_text(path, name), name)


def parse_document(text: str, name: str) -> dict[str, Any]:
    """The mapping that a text holds; see ``read_document``."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if _brackets(text) > DEEPEST:  # of which the parser's time is the square
        raise _refusal(name, "is nested too deeply")
    try:
        content = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise _refusal(name, f"is no YAML ({_problem(error)})") from None
    except RecursionError:
        raise _refusal(name, "is nested too deeply") from None
    except (ValueError, OverflowError, TypeError, AttributeError, LookupError) as error:  # a date, a number, a tag
        raise _refusal(name, f"holds a value that cannot be read ({shown(str(error))})") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _refusal(name, f"holds {type(content).__name__}, not a mapping of sections")
    if len(list(islice(_values(content, name, 0), MOST + 1))) > MOST:
        raise _refusal(name, f"stands for more than {MOST} values")
    return content


def _text(path: Path, name: str) -> str:
    if not path.is_file():
        raise SettingsError(f"{name} is no file", remedy="Give the name of a YAML file that is there.")
    if path.stat().st_size > LARGEST:
        raise _refusal(name, f"has {path.stat().st_size} bytes, and settings have at most {LARGEST}")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{name} is no text in UTF-8 (byte {error.start})", remedy="Save it as UTF-8.") from None


def _brackets(text: str) -> int:
    """How deep brackets are nested, at least where none are quoted."""
    steps = (1 if mark in "[{" else -1 for mark in text if mark in "[]{}")
    return max(accumulate(steps), default=0)


def _problem(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    words = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 1}: {words}" if mark else f"{words}"


def _values(content: Any, name: str, depth: int) -> Iterator[Any]:
    if depth > DEEPEST:
        raise _refusal(name, "is nested too deeply")
    yield content
    if isinstance(content, Mapping):
        if odd := [key for key in content if not isinstance(key, str) or len(key) > LONGEST_KEY]:
            raise _refusal(name, f"has the key {shown(odd[0])}, which is no word")
    elif not isinstance(content, PLAIN):
        raise _refusal(name, f"holds {shown(content)}, which is neither a number nor a word; put quotes around it")
    for value in content.values() if isinstance(content, Mapping) else content if isinstance(content, list) else ():
        yield from _values(value, name, depth + 1)


def _refusal(name: str, what: str) -> SettingsError:
    return SettingsError(f"{name} {what}", remedy="Correct the file; see params.yaml in the repository for the form.")
