"""The curves of training: what every attribute did over the steps, each with a color and a mark of its own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from mgiqa.attributes import BY_KEY, KEYS, TITLES
from mgiqa.evaluation.drawing import COLORS, MARKS, ROLE_OF, Chart, chart, styled
from mgiqa.evaluation.report.evidence import Evidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FAMILIES = {
    "reward/": ("Reward per attribute", "at most 1"),
    "distinct/": ("Different values in a batch", "at most {answers in a step}"),
}
"""Beginning of column names that end in an attribute key → what they show together, and how high it can be."""

_PANELS = {
    "reward": ("Reward, format included", "at most {largest reward}"),
    "kl": ("Divergence from the reference", "0 is none, without a limit"),
    "entropy": ("Entropy of the next token", "0 is certain, in nats"),
    "length": ("Length of answers", "tokens, at most {longest answer}"),
}
"""Column of ``history.csv`` → what it shows, and how high it can be, in facts of the training."""
_UNTOLD = {
    "answers in a step": "one per answer",
    "largest reward": "1 and the format’s weight",
    "longest answer": "train.max_tokens",
}
"""Facts of a training whose summary does not tell them → in words."""

_SMOOTH = 7
"""Steps, at least, that the strong line of a curve is the mean of; of a long training a twelfth of the steps."""
_MARKED = 6
"""Marks along a line."""
_SMALL, _LARGE = (2.3, 1.9), (3.7, 2.5)
"""Inches of a chart with one line, and of one whose lines have names."""


def attribute_curves(evidence: Evidence) -> list[Chart]:
    """SRCC on validation images, and per family a line for every attribute; whatever was recorded."""
    history, validated = evidence.history, evidence.validation_scores
    families = {start: {key: f"{start}{key}" for key in KEYS if f"{start}{key}" in history} for start in _FAMILIES}
    with styled():
        first = [_validation_curve(validated, TITLES[evidence.score], evidence.kept)] if len(validated) else []
        return first + [
            _family(history, title, _told(highest, evidence), families[start])
            for start, (title, highest) in _FAMILIES.items()
            if families[start]
        ]


def single_curves(evidence: Evidence) -> list[Chart]:
    """One line each, for whatever was recorded."""
    history = evidence.history
    with styled():
        return [
            _panel(history, name, title, _told(highest, evidence))
            for name, (title, highest) in _PANELS.items()
            if name in history
        ]


def _told(highest: str, evidence: Evidence) -> str:
    return highest.format_map({**_UNTOLD, **evidence.training})


def _validation_curve(validated: pd.DataFrame, overall: str, kept: int | None) -> Chart:
    axes = _axes(_LARGE, "SRCC on validation images", "at most 1")
    lines = (("overall", overall, "accent", "overall"), ("attributes", "Attributes, mean", "second", "sharpness"))
    for column, label, role, mark in lines:
        points = validated[["step", column]].dropna()
        axes.plot(points["step"], points[column], color=COLORS[role], marker=MARKS[mark][0], markersize=3.5)
        if len(points):
            end = (points["step"].iloc[-1], points[column].iloc[-1])
            axes.annotate(
                f"{MARKS[mark][1]} {label}", end, (6, 0), textcoords="offset points", va="center", color=COLORS[role]
            )
    if kept is not None:
        axes.axvline(kept, color=COLORS["muted"], linewidth=0.8, dashes=(4, 3))
    return _finished(axes, "SRCC on validation images")


def _family(history: pd.DataFrame, title: str, highest: str, columns: Mapping[str, str]) -> Chart:
    """A line per attribute, named at its end; overall is the strongest."""
    axes = _axes(_LARGE, title, highest)
    ends = {}
    for number, (key, column) in enumerate(columns.items()):
        points = history[["step", column]].dropna()
        smooth = _smooth(points[column])
        gap = max(1, len(points) // _MARKED)
        axes.plot(
            points["step"],
            smooth,
            color=COLORS[ROLE_OF[key]],
            linewidth=1.8 if key == "overall" else 1.1,
            marker=MARKS[key][0],
            markersize=3.6,
            markevery=(number * gap // len(columns), gap),
        )
        if len(points):
            ends[key] = smooth.iloc[-1]
    _name_lines(axes, ends, history["step"].max())
    return _finished(axes, title)


def _panel(history: pd.DataFrame, column: str, title: str, highest: str) -> Chart:
    """One line, with every step thin behind its running mean."""
    axes = _axes(_SMALL, title, highest)
    points = history[["step", column]].dropna()
    axes.plot(points["step"], points[column], color=COLORS["accent"], linewidth=0.8, alpha=0.35)
    axes.plot(points["step"], _smooth(points[column]), color=COLORS["accent"])
    return _finished(axes, title)


def _smooth(values: pd.Series) -> pd.Series:
    return values.rolling(max(_SMOOTH, len(values) // 12), min_periods=1, center=True).mean()


def _name_lines(axes: "Axes", ends: Mapping[str, float], step: float) -> None:
    """Writes each line's mark and name at its end, pushed apart where ends lie close."""
    low, high = axes.get_ylim()
    gap, last = (high - low) / 14, -np.inf
    for key, end in sorted(ends.items(), key=lambda item: item[1]):
        last = max(end, last + gap)
        axes.annotate(
            f"{MARKS[key][1]} {BY_KEY[key].label}",
            (step, last),
            (5, 0),
            textcoords="offset points",
            va="center",
            color=COLORS[ROLE_OF[key]],
            annotation_clip=False,
        )


def _axes(size: tuple[float, float], title: str, highest: str) -> "Axes":
    """Axes over steps that say how high their values can be."""
    from matplotlib.figure import Figure

    axes: Axes = Figure(figsize=size).subplots()
    axes.set_title(title, pad=15)
    axes.set_xlabel("step")
    axes.annotate(
        highest,
        (0, 1),
        (0, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        color=COLORS["muted"],
        fontsize=7.5,
    )
    axes.grid(visible=False, axis="x")
    return axes


def _finished(axes: "Axes", title: str) -> Chart:
    name = "-".join(title.lower().replace(",", "").split())
    return chart(f"training-{name}", f"{title} over the steps of training", cast("Figure", axes.get_figure()))
