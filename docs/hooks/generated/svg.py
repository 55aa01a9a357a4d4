"""Pieces of a picture. Colors come from docs/assets/site.css, so that a picture follows the page into the dark."""

from collections.abc import Iterable
from html import escape


def box(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A rectangle with round corners; ``kind`` is its class in the style sheet."""
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5"/>'


def words(x: float, y: float, text: str, kind: str = "name") -> str:
    """A line of text whose middle is at (x, y)."""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def path(steps: str, kind: str, title: str = "") -> str:
    """A line along ``steps``, in the notation of SVG, with what it says where a pointer rests on it."""
    said = f"<title>{escape(title)}</title>" if title else ""
    return f'<path class="{kind}" d="{steps}">{said}</path>'


def picture(width: float, height: float, title: str, pieces: Iterable[str]) -> str:
    """An SVG for the middle of a page; no line is empty, since Markdown would end there."""
    inside = "\n".join(pieces)
    return (
        f'<figure class="drawn"><svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">\n'
        f"{inside}\n</svg></figure>"
    )
