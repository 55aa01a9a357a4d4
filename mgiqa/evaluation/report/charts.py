"""The charts of the report."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mgiqa.attributes import BY_KEY, HIGHEST, KEYS, LOWEST
from mgiqa.columns import mos_column, score_column
from mgiqa.evaluation.drawing import COLORS, Chart, chart, styled
from mgiqa.evaluation.report.evidence import SUBJECT, Evidence
from mgiqa.metrics.logistic import fit_logistic4

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = {
    "reward": "Reward",
    "kl": "Divergence from the reference",
    "entropy": "Entropy of the next token",
    "length": "Length of answers, tokens",
}
"""Column of ``history.csv`` → what it shows."""

FAMILIES = {"reward/": "Reward per attribute", "distinct/": "Different values in a batch"}
"""Beginning of column names that end in an attribute key → what they show together."""

SMOOTH = 7
"""Steps that the strong line of a training curve is the mean of; the thin one is the step itself."""


def scatter_charts(evidence: Evidence) -> list[Chart]:
    """One chart per dataset: overall score of the policy against human score, with the logistic that PLCC rests on."""
    with styled():
        return [_scatter(evidence, name) for name in evidence.datasets]


def alignment_charts(evidence: Evidence) -> list[Chart]:
    """One chart per dataset: human overall scores as published, and on the common scale."""
    with styled():
        return [_alignment(evidence, name) for name in sorted(evidence.alignment)]


def training_charts(evidence: Evidence) -> list[Chart]:
    """How the policy did on validation images, and curves over the steps of training, for whatever was recorded."""
    history = evidence.history
    families = {
        title: {key: f"{start}{key}" for key in KEYS if f"{start}{key}" in history} for start, title in FAMILIES.items()
    }
    with styled():
        return [
            *(
                [_validation_curve(evidence.validation_scores, evidence.kept)]
                if len(evidence.validation_scores)
                else []
            ),
            *(_curves(history, title, columns) for title, columns in families.items() if columns),
            *(_curves(history, title, {"": name}) for name, title in PANELS.items() if name in history),
        ]


def _validation_curve(validation_scores: pd.DataFrame, kept: int | None) -> Chart:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.7, 2.5))
    axes = figure.subplots()
    for column, label, role in (("overall", "Overall", "accent"), ("attributes", "Attributes, mean", "muted")):
        points = validation_scores[["step", column]].dropna()
        axes.plot(points["step"], points[column], color=COLORS[role], marker="o", markersize=3.5)
        if len(points):
            end = (points["step"].iloc[-1], points[column].iloc[-1])
            axes.annotate(label, end, (6, 0), textcoords="offset points", va="center", color=COLORS[role])
    if kept is not None:
        axes.axvline(kept, color=COLORS["second"], linewidth=0.8, dashes=(4, 3))
    axes.set(title="SRCC on validation images", xlabel="step")
    axes.grid(visible=False, axis="x")
    return chart("training-validation", "SRCC on validation images over the steps of training", figure)


def _curves(history: pd.DataFrame, title: str, columns: Mapping[str, str]) -> Chart:
    """Lines over steps; of several, overall is in the foreground, and each is named at its end."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.7, 2.5))
    axes = figure.subplots()
    ends = {}
    for key, column in columns.items():
        points = history[["step", column]].dropna()
        role = "accent" if key in ("", "overall") else "muted"
        smooth = points[column].rolling(SMOOTH, min_periods=1, center=True).mean()
        if len(columns) == 1:
            axes.plot(points["step"], points[column], color=COLORS["accent"], linewidth=0.8, alpha=0.35)
        axes.plot(points["step"], smooth, color=COLORS[role], linewidth=1.8 if role == "accent" else 1.0)
        if key and len(points):
            ends[key] = smooth.iloc[-1]
    _name_lines(axes, ends, history["step"].max())
    axes.set(title=title, xlabel="step")
    axes.grid(visible=False, axis="x")
    return chart(f"training-{'-'.join(title.lower().split())}", f"{title} over the steps of training", figure)


def _name_lines(axes: "Axes", ends: Mapping[str, float], step: float) -> None:
    """Writes each line's name at its end, pushed apart where ends lie close."""
    low, high = axes.get_ylim()
    gap, last = (high - low) / 14, -np.inf
    for key, end in sorted(ends.items(), key=lambda item: item[1]):
        last = max(end, last + gap)
        color = COLORS["accent" if key == "overall" else "muted"]
        axes.annotate(
            BY_KEY[key].label,
            (step, last),
            (4, 0),
            textcoords="offset points",
            va="center",
            color=color,
            annotation_clip=False,
        )


def _scatter(evidence: Evidence, dataset: str) -> Chart:
    from matplotlib.figure import Figure

    rows = evidence.of(SUBJECT, dataset)[[score_column("overall"), mos_column("overall")]].dropna()
    score, mos = rows[score_column("overall")].to_numpy(float), rows[mos_column("overall")].to_numpy(float)
    figure = Figure(figsize=(2.5, 2.5))
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
    figure = Figure(figsize=(2.5, 2.4))
    before, after = figure.subplots(2, 1)
    for axes, values, ends, color in (
        (before, rows["raw_overall"], (low, high), "muted"),
        (after, rows[mos_column("overall")], (LOWEST, HIGHEST), "accent"),
    ):
        axes.hist(values.dropna(), bins=24, range=ends, color=COLORS[color], rwidth=0.86)
        axes.set_xlim(*ends)
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
