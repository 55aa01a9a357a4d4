"""The report: one HTML page that is complete in itself, and a short text."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from mgiqa.attributes import ATTRIBUTES, TITLES
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.evaluation.drawing import Chart
from mgiqa.evaluation.report import attributes, tables
from mgiqa.evaluation.report.charts import alignment_charts, scatter_charts
from mgiqa.evaluation.report.curves import attribute_curves, single_curves
from mgiqa.evaluation.report.evidence import SUBJECT, Evidence
from mgiqa.evaluation.report.gallery import choose
from mgiqa.evaluation.report.literature import published_tables
from mgiqa.evaluation.results.metrics import ALL

SIMULATED = (
    "The sample’s raters are simulated: these figures show that every part works, and say nothing of how people see "
    "real photographs."
)
SECTIONS = {
    "result": "Result",
    "datasets": "Datasets",
    "attributes": "Attributes",
    "training": "Training",
    "images": "Images",
    "certainty": "Certainty",
    "published": "Published",
    "data": "Data",
    "origin": "Origin",
}
VERSIONS = ("mgiqa", "torch", "transformers", "trl", "numpy", "scipy")
DASH = "–"


@dataclass(frozen=True)
class ReportPage:
    """A report, ready to be written.

    Attributes:
        html: the page.
        markdown: the short text.
        charts: every chart of the page.
    """

    html: str
    markdown: str
    charts: Sequence[Chart]


def compose(evidence: Evidence, gallery: int) -> ReportPage:
    """Draws and writes the report.

    Args:
        evidence: what the report rests on.
        gallery: images to show.
    """
    charts = {
        "scatter": scatter_charts(evidence),
        "curves": attribute_curves(evidence),
        "panels": single_curves(evidence),
        "alignment": alignment_charts(evidence),
    }
    content = _content(evidence) | charts | {"gallery": choose(evidence, gallery)}
    content["sections"] = [(name, title) for name, title in SECTIONS.items() if _shown(name, content)]
    render = _environment()
    drawn = [chart for group in charts.values() for chart in group]
    return ReportPage(
        render.get_template("page.html.j2").render(content),
        render.get_template("report.md.j2").render(content),
        drawn,
    )


def _content(evidence: Evidence) -> dict[str, Any]:
    return {
        "css": Markup(_template("page.css")),
        "lede": _lede(evidence),
        "simulated": SIMULATED if evidence.simulated else "",
        "score": TITLES[evidence.score].lower(),
        "draws": evidence.headline[SUBJECT]["draws"],
        "labels": [attribute.label for attribute in ATTRIBUTES],
        "headline": tables.headline_rows(evidence),
        "gained": bool(evidence.gains),
        "datasets": tables.dataset_rows(evidence),
        "saturation": tables.saturation_rows(evidence),
        "means": tables.means(evidence),
        "learned": tables.learned_from(evidence),
        "level": evidence.metrics[SUBJECT][ALL]["overall"]["level"],
        "warnings": tables.warnings(evidence),
        "attributes": attributes.validity_tables(evidence),
        "matrices": attributes.matrices(evidence),
        "calibration": attributes.calibration_rows(evidence),
        "published": published_tables(evidence),
        "failures": tables.failure_rows(evidence),
        "data": tables.data_rows(evidence),
        "models": tables.model_rows(evidence),
        "technical": [attribute.label.lower() for attribute in ATTRIBUTES if attribute.technical],
        "prompt": PROMPT.text,
        "versions": [f"{name} {version(name)}" for name in VERSIONS],
    }


def _lede(evidence: Evidence) -> str:
    """The result in two sentences."""
    policy, warmup = evidence.headline[SUBJECT], evidence.headline.get("warmup")
    images = evidence.of(SUBJECT)
    reached, draws = policy["srcc"][evidence.score], policy["draws"]
    figure = f"reach SRCC {_figure(reached)}" if reached is not None else "cannot be correlated"
    text = (
        f"On {len(images)} images of {images['content'].nunique()} unseen contents, the policy’s overall scores "
        f"{figure} with human scores, the mean over {len(evidence.datasets)} datasets"
    )
    if warmup and warmup["srcc"][evidence.score] is not None:
        text += f"; those of the warm-up, read alike, reach {_figure(warmup['srcc'][evidence.score])}"
    counted = f"the mean of {draws} answers" if draws > 1 else "that of one answer"
    read = f"{_percent(policy['parse_rate'], 1)} of the policy’s answers can be read"
    return f"{text}. A score is {counted} to an image; {read}."


def _shown(section: str, content: dict[str, Any]) -> bool:
    rests_on = {"attributes": ("attributes",), "training": ("curves", "panels"), "certainty": ("calibration",)}
    return section not in rests_on or any(content[name] for name in rests_on[section])


def _environment() -> Any:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(loader=FunctionLoader(_template), autoescape=_escapes, undefined=StrictUndefined)
    environment.filters |= {"figure": _figure, "percent": _percent, "share": _share, "signed": _signed}
    return environment


def _escapes(name: str | None) -> bool:
    return name is not None and name.endswith(".html.j2")


def _template(name: str) -> str:
    return (files("mgiqa.evaluation.report") / "templates" / name).read_text(encoding="utf-8")


def _figure(value: float | None, digits: int = 3) -> str:
    return DASH if value is None else f"{value:.{digits}f}".replace("-", "−")


def _percent(value: float | None, digits: int = 0) -> str:
    return DASH if value is None else f"{100 * value:.{digits}f}\N{NARROW NO-BREAK SPACE}%"


def _signed(value: float | None) -> str:
    return DASH if value is None else f"{value:+.3f}".replace("-", "−")


def _share(value: float | None) -> str:
    """A place on a bar from 0 to 1."""
    return f"{min(1.0, max(0.0, value or 0.0)):.3f}"
