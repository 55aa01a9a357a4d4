"""How every chart looks: one restrained style, drawn once, shown in the page's own colors and saved as a file.

In the page a chart is inline SVG whose text and colors are those of the page, light or dark: each role is drawn in a
color of its own, which is then replaced by the page's variable of that name.
"""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from mgiqa.attributes import KEYS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS: Mapping[str, str] = {
    "ink": "#1d2430",
    "muted": "#6b7482",
    "line": "#d5d9e0",
    "accent": "#0f6e84",
    "second": "#b4530a",
    "paper": "#fffffe",
    "sharpness": "#d55e00",
    "color": "#6b4fb3",
    "noise": "#4d3800",
    "composition": "#7a1f3d",
}
"""Role → color in files; in the page the variable ``--<role>`` of ``page.css``."""

ROLE_OF: Mapping[str, str] = {key: key if key in COLORS else "accent" for key in KEYS}
"""Attribute key → the role that its lines have. People who see fewer colors tell them apart too (a test), and so does
who sees none, by the marks."""

MARKS: Mapping[str, tuple[str, str]] = {
    "sharpness": ("s", "■"),
    "color": ("^", "▲"),
    "noise": ("D", "◆"),
    "composition": ("v", "▼"),
    "overall": ("o", "●"),
}
"""Attribute key → the mark on its lines: as matplotlib calls it, and as a character that stands before its name."""

STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.edgecolor": COLORS["line"],
    "axes.labelcolor": COLORS["muted"],
    "axes.titlecolor": COLORS["ink"],
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": COLORS["line"],
    "grid.linewidth": 0.5,
    "xtick.color": COLORS["line"],
    "ytick.color": COLORS["line"],
    "xtick.labelcolor": COLORS["muted"],
    "ytick.labelcolor": COLORS["muted"],
    "text.color": COLORS["ink"],
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.02,
    "figure.constrained_layout.h_pad": 0.02,
    "svg.fonttype": "none",
    "svg.hashsalt": "mgiqa",
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Chart:
    """A chart, in both forms.

    Attributes:
        name: of its file, without ending.
        title: what it shows; read out by screen readers.
        svg: for the page.
        png: for MLflow, Dagster and slides.
    """

    name: str
    title: str
    svg: Markup
    png: bytes

    def save(self, folder: Path) -> Path:
        """Writes the file and returns its path."""
        path = folder / f"{self.name}.png"
        path.write_bytes(self.png)
        return path


@contextmanager
def styled() -> Iterator[None]:
    """Inside the block, figures are drawn in the style above, without a display."""
    import matplotlib as mpl

    backend = mpl.get_backend()
    mpl.use("agg")
    try:
        with mpl.rc_context(STYLE):
            yield
    finally:
        mpl.use(backend)


def chart(name: str, title: str, figure: "Figure") -> Chart:
    """Renders a figure; the same figure gives the same bytes."""
    svg, png = io.StringIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.set_layout_engine("none")  # what was laid out stays as it is
    figure.savefig(png, format="png", dpi=200, facecolor="white", metadata={"Software": None})
    return Chart(name, title, _inline(svg.getvalue(), name, title), png.getvalue())


def _inline(svg: str, name: str, title: str) -> Markup:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.S)
    body = re.sub(r'\b(id="|xlink:href="#|url\(#)', rf"\1{name}-", body)  # several charts share one page
    body = re.sub(r"\s(width|height)=\"[\d.]+pt\"", "", body, count=2)
    for role, color in COLORS.items():
        body = body.replace(color, f"var(--{role})")
    label = Markup('<svg role="img" aria-label="{}"').format(title)
    return label + Markup(body[len("<svg") :])
