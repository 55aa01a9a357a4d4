"""A comparison as a picture: both scores against the human score, and how the difference varies over resamples."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mgiqa.errors import MissingExtra, SettingsError
from mgiqa.evaluation.comparison.compare import Comparison
from mgiqa.metrics.correlation import Array
from mgiqa.metrics.difference import resampled_srcc
from mgiqa.metrics.logistic import fit_logistic4

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMS = (".svg", ".png", ".pdf")


def check_plot(path: Path) -> None:
    """Refuses what cannot be drawn before any work.

    Raises:
        SettingsError: the ending is not one of ``FORMS``, or there is no such folder.
        MissingExtra: the plotting packages are not installed.
    """
    if path.suffix.lower() not in FORMS:
        raise SettingsError(f"{path.name} is no picture that can be drawn", remedy=f"End it in {', '.join(FORMS)}.")
    if not path.parent.is_dir():
        raise SettingsError(f"{path.parent} is no folder to write a picture in", remedy="Make it, or name another.")
    try:
        import matplotlib as mpl  # noqa: F401

        import mgiqa.evaluation.drawing  # noqa: F401
    except ImportError as error:
        raise MissingExtra(f"a plot needs {error.name}", remedy="Install mgiqa[report].") from error


def draw(comparison: Comparison, path: Path, seed: int) -> None:
    """Writes the picture; the same comparison gives the same bytes."""
    from matplotlib.figure import Figure

    from mgiqa.evaluation.drawing import styled

    rows = comparison.pairing.scored
    mos = rows["mos"].to_numpy(np.float64)
    with styled():
        figure = Figure(figsize=(10, 3.4))
        left, middle, right = figure.subplots(1, 3)
        for axes, name, column in ((left, comparison.first, "first"), (middle, comparison.second, "second")):
            _scatter(axes, name, rows[column].to_numpy(np.float64), mos)
        _differences(right, comparison, seed)
        metadata = {".svg": {"Date": None, "Creator": None}, ".png": {"Software": None}, ".pdf": {"CreationDate": None}}
        figure.savefig(path, dpi=200, facecolor="white", metadata=metadata[path.suffix.lower()])


def _scatter(axes: "Axes", name: str, score: Array, mos: Array) -> None:
    from mgiqa.evaluation.drawing import COLORS

    axes.plot(score, mos, ".", color=COLORS["accent"], markersize=3, alpha=0.4, rasterized=len(score) > 5000)
    grid = np.linspace(score.min(), score.max(), 200)
    axes.plot(grid, fit_logistic4(score, mos)(grid), color=COLORS["second"])
    axes.set(title=name, xlabel="score", ylabel="human score")


def _differences(axes: "Axes", comparison: Comparison, seed: int) -> None:
    from mgiqa.evaluation.drawing import COLORS

    mean = comparison.mean
    drawn = resampled_srcc(list(comparison.pairing.benchmarks().values()), mean.resamples, seed)
    gaps = drawn[:, 0] - drawn[:, 1]
    axes.hist(gaps[np.isfinite(gaps)], bins=40, color=COLORS["accent"], alpha=0.6)
    axes.axvspan(*mean.interval, color=COLORS["accent"], alpha=0.12)
    axes.axvline(0, color=COLORS["ink"], linewidth=1)
    axes.set(title="Difference of SRCC", xlabel=f"{comparison.first} − {comparison.second}", ylabel="resamples")
