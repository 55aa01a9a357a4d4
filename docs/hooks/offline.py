"""What a browser would fetch from another machine when it shows a built page."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

REMOTE = re.compile(r"\s*(https?:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)
LOADED = {"src", "srcset", "data", "poster", "background"}
"""Attributes whose address is fetched, whatever the tag."""
LINKED = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "manifest"}
"""Kinds of ``<link>`` that are fetched."""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.remote: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        addresses = [value for name, value in given.items() if name in LOADED]
        if (tag == "link" and LINKED & set(given.get("rel", "").split())) or tag in ("use", "image"):
            addresses.append(given.get("href") or given.get("xlink:href") or "")
        self.remote += [f"<{tag}> {address}" for address in addresses if REMOTE.match(address)]
        self.remote += [f"style {address}" for address in IN_STYLE.findall(given.get("style", ""))]
        if "mermaid" in given.get("class", "").split():  # for which the theme's script fetches a library
            self.remote.append(f"<{tag} class=mermaid>")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style":
            self.remote += [f"<style> {address}" for address in IN_STYLE.findall(data)]


def remote_in_page(text: str) -> list[str]:
    """What one page of HTML makes a browser fetch from elsewhere; links that a reader follows are not among it."""
    page = _Page()
    page.feed(text)
    return page.remote


def find_remote(folder: Path) -> list[str]:
    """The same of all pages and style sheets below a folder, each with the file's name."""
    return [f"{path.relative_to(folder)}: {one}" for path in sorted(folder.rglob("*")) for one in _remote_in(path)]


def _remote_in(path: Path) -> Iterator[str]:
    if path.suffix == ".html":
        yield from remote_in_page(path.read_text(encoding="utf-8"))
    elif path.suffix == ".css":
        yield from IN_STYLE.findall(path.read_text(encoding="utf-8"))
