"""Every verb of the command line, with its arguments and options, from the program itself."""

import re
from pathlib import Path
from typing import Any

import typer
from typer.cli import get_docs_for_click

from mgiqa.cli import app


def list_commands(_root: Path) -> str:
    """Markdown with a heading per verb, as Typer writes it."""
    command = typer.main.get_command(app)
    context: Any = command.context_class(command, info_name="mgiqa")
    text = get_docs_for_click(obj=command, ctx=context, name="mgiqa")
    _title, _mark, verbs = text.partition("\n## ")
    return re.sub(r"<(\w+)>", r"&lt;\1&gt;", f"## {verbs}")
