"""What MkDocs does here besides turning Markdown into pages.

A comment ``<!-- generated: NAME -->`` on a line of its own stands for what ``GENERATED`` makes under that name from
the code, so that it cannot be out of date. Formulas become MathML, which browsers draw by themselves. At the end no
page may name anything that a browser would fetch from elsewhere.
"""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generated.commands import list_commands
from generated.dataflow import draw_stages, list_stages
from generated.decisions import list_decisions
from generated.layers import draw_layers, list_contracts, list_parts
from generated.log import list_log
from generated.settings import list_settings
from generated.tables import show_seeds, show_table
from mkdocs.exceptions import PluginError
from offline import find_remote

MARK = re.compile(r"^<!-- generated: (?P<name>[a-z-]+)(?: (?P<given>\S+))? -->$", re.MULTILINE)
FORMULA = re.compile(r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>', re.DOTALL)
ROOT = Path(__file__).parents[2]

GENERATED: dict[str, Callable[..., str]] = {
    "layers": draw_layers,
    "parts": list_parts,
    "contracts": list_contracts,
    "dataflow": draw_stages,
    "stages": list_stages,
    "settings": list_settings,
    "commands": list_commands,
    "decisions": list_decisions,
    "log": list_log,
    "table": show_table,
    "seeds": show_seeds,
}
"""Name in a page → what makes the Markdown or HTML that stands there, given the root of the project."""


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts in what is generated."""
    return MARK.sub(_generate, markdown)


def _generate(mark: re.Match[str]) -> str:
    if mark["name"] not in GENERATED:
        raise PluginError(f"a page asks for {mark['name']!r}, which is none of {', '.join(GENERATED)}")
    return GENERATED[mark["name"]](ROOT, *([mark["given"]] if mark["given"] else []))


def on_page_content(content: str, **_: Any) -> str:
    """Turns formulas into MathML."""
    return FORMULA.sub(_draw_formula, content)


def _draw_formula(formula: re.Match[str]) -> str:
    from latex2mathml.converter import convert

    inside = convert(html.unescape(formula["tex"]).strip(), display="inline" if formula["tag"] == "span" else "block")
    return f'<{formula["tag"]} class="formula">{inside}</{formula["tag"]}>'


def on_post_build(config: Any, **_: Any) -> None:
    """Refuses a site that a browser could not show without a network."""
    folder = Path(config["site_dir"])
    if remote := find_remote(folder):
        raise PluginError("a browser would fetch from elsewhere:\n" + "\n".join(remote))
