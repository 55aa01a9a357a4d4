"""Examples in docstrings as blocks of code: Markdown takes ``>>>`` for a quotation, and what is printed for a link."""

import re
from typing import Any

import griffe

EXAMPLE = re.compile(r"^(?P<indent> *)>>> .*(?:\n *\S.*)*", re.MULTILINE)


def fence_examples(text: str) -> str:
    """The text with a fence around each run of lines that begins with ``>>>`` and ends before an empty line."""
    return EXAMPLE.sub(r"\g<indent>```pycon\n\g<0>\n\g<indent>```", text)


class Doctests(griffe.Extension):
    """Fences the examples of every docstring that a page shows."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for every module, class, function and attribute that has been read."""
        if obj.docstring:
            obj.docstring.value = fence_examples(obj.docstring.value)
