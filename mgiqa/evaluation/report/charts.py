"""The charts of test scores and of labels, one per dataset; those of training are in ``curves``."""

from typing import TYPE_CHECKING

import numpy as np

from mgiqa.attributes import HIGHEST, LOWEST
from mgiqa.columns import mos_column, score_column
from mgiqa.evaluation.drawing import COLORS, Chart, chart, styled
from mgiqa.evaluation.report.evidence import SUBJECT, Evidence
from mgiqa.metrics.logistic import fit_logistic4

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def scatter_charts(evidence: Evidence) -> list[Chart]:
    """One chart per dataset: overall score of the policy against human score, with the logistic that PLCC rests on."""
    with styled():
        return [_scatter(evidence, name) for name in evidence.datasets]


def alignment_charts(evidence: Evidence) -> list[Chart]:
    """One chart per dataset: human overall scores as published, and on the common scale."""
    with styled():
        return [_alignment(evidence, name) for name in sorted(evidence.alignment)]


def _scatter(evidence: Evidence, dataset: str) -> Chart:
    from matplotlib.figure import Figure

    rows = evidence.of(SUBJECT, dataset)[[score_column("overall"), mos_column("overall")]].dropna()
    score, mos = rows[score_column("overall")].to_numpy(float), rows[mos_column("overall")].to_numpy(float)
    figure = Figure(figsize=(2.3, 2.3))
    axes = figure.subplots()
    axes.scatter(score, mos, s=13, color=COLORS["accent"], alpha=0.55, linewidths=0)
    if len(score):
        grid = np.linspace(score.min(), score.max(), 100)
        axes.plot(grid, fit_logistic4(score, mos)(grid), color=COLORS["second"])
    _square(axes)
    axes.set(xlabel="score of the model", ylabel="human score", title=evidence.title(dataset))
    return chart(f"scatter-{dataset}", f"Score of the model against human score on {evidence.title(dataset)}", figure)


def _alignment(evidence: Evidence, dataset: str) -> Chart:
    from matplotlib.figure import Figure

    rows = evidence.manifest[evidence.manifest["dataset"] == dataset]
    facts = evidence.alignment[dataset]["overall"]
    low, high = facts["range"]
    figure = Figure(figsize=(2.3, 2.3))
    before, after = figure.subplots(2, 1)
    for axes, values, ends, color in (
        (before, rows["raw_overall"], (low, high), "muted"),
        (after, rows[mos_column("overall")], (LOWEST, HIGHEST), "accent"),
    ):
        axes.hist(values.dropna(), bins=24, range=ends, color=COLORS[color], rwidth=0.86)
        axes.set_xlim(*ends)
        axes.set_xticks(np.linspace(ends[0], ends[1], 5))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False)
    arrow = "" if facts["direction"] == "higher is better" else ", turned round"
    before.set(title=evidence.title(dataset), xlabel=f"as published, {low:g} to {high:g}")
    after.set_xlabel(f"common scale, 1 to 5{arrow}")
    return chart(f"scale-{dataset}", f"Human scores of {evidence.title(dataset)} before and after alignment", figure)


def _square(axes: "Axes") -> None:
    ends = (LOWEST - 0.1, HIGHEST + 0.1)
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_xticks(range(1, 6))
    axes.set_yticks(range(1, 6))
    axes.set_aspect("equal")
