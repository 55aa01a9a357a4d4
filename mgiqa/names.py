"""What a name may be: it becomes a folder, a part of a command and of an address, so it is plain everywhere."""

import re
from typing import Annotated

from pydantic import AfterValidator

from mgiqa.errors import SettingsError, shown

PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
FORM = "a name is up to 100 small letters, digits, `.`, `_` and `-`, and begins with a letter or a digit"


def is_name(word: str) -> bool:
    """Whether ``word`` can be the name of a dataset, a model, a preset, a plan or an experiment."""
    return PATTERN.fullmatch(word) is not None


def verify_name(kind: str, word: str) -> str:
    """Returns ``word`` if it is a name.

    Args:
        kind: what it is to name, for the message.
        word: as it was given.

    Raises:
        SettingsError: it is none.
    """
    if not is_name(word):
        raise SettingsError(f"{shown(word)} cannot be the name of a {kind}", remedy=f"{FORM.capitalize()}.")
    return word


def _name(word: str) -> str:
    if not is_name(word):
        raise ValueError(f"{shown(word)} is no name; {FORM}")
    return word


Name = Annotated[str, AfterValidator(_name)]
"""A setting that is a name."""
