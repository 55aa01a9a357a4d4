"""The index of the decisions: every heading of every page, as a link."""

import re
from pathlib import Path

from markdown.extensions.toc import slugify


def list_decisions(root: Path) -> str:
    """Markdown with a heading per page and a line per decision."""
    pages = sorted(page for page in (root / "docs" / "decisions").glob("*.md") if page.stem != "index")
    return "\n\n".join(_list_page(page) for page in pages)


def _list_page(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    title, *decisions = re.findall(r"^##? (.+)$", text, re.MULTILINE)
    lines = [f"* [{decision}]({page.name}#{slugify(_plain(decision), '-')})" for decision in decisions]
    return "\n".join([f"## [{title}]({page.name})", "", *lines])


def _plain(heading: str) -> str:
    return heading.replace("`", "")
