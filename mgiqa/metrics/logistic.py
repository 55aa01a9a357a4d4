"""The logistic maps from a score to the human scale that precede PLCC and RMSE, as the video quality experts group fits
them (VQEG FR-TV phase I, 2000, and phase II, 2003; the five-parameter form as in Sheikh, Sabir and Bovik, 2006).

Both forms are linear in all but two parameters, the center and the width of the step. The linear ones follow from the
other two by least squares, so a bounded search in a plane finds the fit: it always ends, whatever the data.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

_Array = npt.NDArray[np.float64]

CENTERS, AWAY = np.linspace(0.02, 0.98, 17), np.array([1.0, 3.0, 7.0])
"""Where the search looks for a start: at quantiles of the score, and so many widths outside its range."""
WIDTHS = np.geomspace(0.03, 5, 14)
"""Widths of the step at which the search looks for a start, in units of the spread of the score."""
NARROWEST, _WIDEST = 0.02, 50.0
"""Bounds of the width in the same units: a steeper step fits single images, a flatter one is a line."""
BEYOND = 10.0
"""How many widths outside the data the center may lie; from there the step is an exponential to 4 digits."""
BINS = 200
"""Bins of the data on which a start is looked for."""
FLAT = 1e-24
"""Share of a step's square below which what the linear part leaves of it is rounding error."""


@dataclass(frozen=True)
class Fit:
    """A fitted map ``f(x) = step * (expit((x - center) / width) - 1/2) + slope * x + offset``.

    In VQEG's notation the four-parameter form has ``b1 = offset + step / 2``, ``b2 = offset - step / 2``,
    ``b3 = center``, ``b4 = width`` and no slope; the five-parameter form has ``b1 = step``, ``b2 = 1 / width``,
    ``b3 = center``, ``b4 = slope``, ``b5 = offset``. The fallback is the straight line: no step.

    Attributes:
        step, center, width, slope, offset: the parameters; ``width`` is above 0.
        fallback: why the straight line was used instead; ``""`` where it was not.

    >>> curve = Fit(step=4.0, center=50.0, width=10.0, slope=0.0, offset=3.0)
    >>> curve(np.array([-1e3, 50.0, 60.0, 1e3])).round(4).tolist()  # expit(1) is 0.7311
    [1.0, 3.0, 3.9242, 5.0]
    """

    step: float
    center: float
    width: float
    slope: float
    offset: float
    fallback: str = ""

    def __call__(self, x: _Array) -> _Array:
        """Maps scores of any shape to the human scale."""
        return self.step * (expit((x - self.center) / self.width) - 0.5) + self.slope * x + self.offset


def fit_logistic4(x: _Array, y: _Array) -> Fit:
    """Least-squares fit of the four-parameter logistic, ``(b1 - b2) / (1 + exp(-(x - b3) / b4)) + b2``.

    Args:
        x: (n,) scores, finite, on any scale; higher may be better or worse.
        y: (n,) human scores, finite.

    Returns:
        The map from ``x`` to the scale of ``y``. It is the straight line where there are fewer than 5 images, where a
        variable is constant, and where the line fits better (the logistic comes near a line, but does not contain it).

    Source: VQEG, FR-TV phase I, 2000.

    >>> x = np.linspace(0.0, 100.0, 21)
    >>> fit = fit_logistic4(x, Fit(step=4.0, center=50.0, width=10.0, slope=0.0, offset=3.0)(x))
    >>> round(fit.step, 3), round(fit.center, 3), round(fit.width, 3), round(fit.offset, 3)
    (4.0, 50.0, 10.0, 3.0)
    >>> fit_logistic4(np.arange(4.0), np.arange(4.0)).fallback
    'fewer than 5 images'
    """
    return _fit(x, y, line=False)


def fit_logistic5(x: _Array, y: _Array) -> Fit:
    """Least-squares fit of the five-parameter logistic, which has a slope besides; see ``fit_logistic4``.

        b1 · (1/2 - 1 / (1 + exp(b2 (x - b3)))) + b4 · x + b5

    It needs 6 images. The map may turn around where the data are few: a rise of PLCC over that of the four-parameter
    map is no proof.

    Source: Sheikh, Sabir and Bovik, IEEE Transactions on Image Processing, 2006.

    >>> x = np.linspace(0.0, 100.0, 21)
    >>> fit = fit_logistic5(x, Fit(step=4.0, center=50.0, width=10.0, slope=0.02, offset=3.0)(x))
    >>> round(fit.step, 2), round(fit.center, 2), round(fit.width, 2), round(fit.slope, 3)
    (4.0, 50.0, 10.0, 0.02)
    """
    return _fit(x, y, line=True)


def _fit(x: _Array, y: _Array, *, line: bool) -> Fit:
    straight = _straight(x, y)
    parameters = 5 if line else 4
    if len(x) <= parameters:
        return _with_reason(straight, f"fewer than {parameters + 1} images")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return _with_reason(straight, "a constant variable")
    shift, scale = _spread(x)
    step = _search((x - shift) / scale, y, line=line)
    if step is None:
        return _with_reason(straight, "the search did not end")
    curve = _linear_part(x, y, shift + step[0] * scale, step[1] * scale, line=line)
    if not _error(curve, x, y) <= _error(straight, x, y):
        return _with_reason(straight, "a straight line fits better")
    return curve


def _with_reason(fit: Fit, reason: str) -> Fit:
    return Fit(fit.step, fit.center, fit.width, fit.slope, fit.offset, reason)


def _error(fit: Fit, x: _Array, y: _Array) -> float:
    return float(np.square(fit(x) - y).sum())


def _straight(x: _Array, y: _Array) -> Fit:
    if len(x) == 0:
        return Fit(0.0, 0.0, 1.0, 0.0, float("nan"))
    center = x - x.mean()
    square = float(center @ center)
    slope = float(center @ (y - y.mean())) / square if np.ptp(x) > 0 and square > 0 else 0.0
    return Fit(0.0, 0.0, 1.0, slope, float(y.mean() - slope * x.mean()))


def _spread(x: _Array) -> tuple[float, float]:
    """Middle and half-width of the central 90 % of ``x``; of its range, where most values are equal."""
    low, middle, high = np.quantile(x, [0.05, 0.5, 0.95])
    width = (high - low) / 2 or np.ptp(x) / 2
    return float(middle), float(width)


def _search(z: _Array, y: _Array, *, line: bool) -> tuple[float, float] | None:
    """Center and width of the best step in standardized scores ``z``; None where the search fails."""
    remainder = _Remainder(z, y, line=line)
    starts = _Remainder(*_thinned(z, y), line=line).best_of_grid()
    start = starts[remainder.shares(starts)[0].argmin()]
    bounds = [(-1.0, 1.0), (np.log(NARROWEST), np.log(_WIDEST))]
    options = {"ftol": 1e-14, "gtol": 1e-10}
    best = minimize(remainder, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    center, width, _ = remainder.step(best.x[None])
    return (float(center[0, 0]), float(width[0, 0])) if np.isfinite(best.fun) else None


class _Remainder:
    """(place, log width) of a step → the share of the variance of ``y`` that the best map with this step leaves.

    The place runs from -1, a center ``BEYOND`` widths below the lowest score, to 1, as far above the highest. The share
    is of what the linear part alone leaves: 1 less the squared (partial) correlation of the step and ``y``.
    """

    def __init__(self, z: _Array, y: _Array, *, line: bool) -> None:
        self._z = z
        self._middle, self._half = (z.max() + z.min()) / 2, (z.max() - z.min()) / 2
        self._base, _ = np.linalg.qr(np.stack([np.ones_like(z), z] if line else [np.ones_like(z)], axis=1))
        target = y - self._base @ (self._base.T @ y)
        self._target = target / (np.linalg.norm(target) or 1.0)

    def step(self, thetas: _Array) -> tuple[_Array, _Array, _Array]:
        """Center, width, and how far the center may lie from the middle, of steps (g, 2): (g, 1) each."""
        width = np.exp(thetas[:, 1:])
        reach = self._half + BEYOND * width
        return self._middle + thetas[:, :1] * reach, width, reach

    def best_of_grid(self) -> _Array:
        """The best steps of a grid of centers and widths, inside the data, above and below: (3, 2)."""
        reach = self._half + BEYOND * WIDTHS
        inside = (np.quantile(self._z, CENTERS)[:, None] - self._middle) / reach
        outside = (self._half + AWAY[:, None] * WIDTHS) / reach
        best = []
        for places in (inside, outside, -outside):
            grid = np.stack([places, np.broadcast_to(np.log(WIDTHS), places.shape)], axis=2).reshape(-1, 2)
            best.append(grid[self.shares(grid)[0].argmin()])
        return np.stack(best)

    def shares(self, thetas: _Array) -> tuple[_Array, _Array]:
        """The share that each of ``thetas`` (g, 2) leaves, (g,), and its gradient, (g, 2)."""
        center, width, reach = self.step(thetas)
        level = (self._z - center) / width
        rise, fall = expit(level), expit(-level)
        # The same step less a constant, which the linear part takes up: it keeps its digits where it is flat.
        raw = np.where(thetas[:, :1] > 0, rise, -fall)
        step = raw - raw @ self._base @ self._base.T
        square = np.maximum((step * step).sum(axis=1), FLAT * (raw * raw).sum(axis=1))
        along = (step @ self._target) / square
        slope = rise * fall * (self._target - along[:, None] * step)
        by_center = slope.sum(axis=1, keepdims=True) / width
        by_width = by_center * thetas[:, :1] * BEYOND * width + (slope * level).sum(axis=1, keepdims=True)
        gradient = 2 * along[:, None] * np.hstack([by_center * reach, by_width])
        return 1 - along * along * square, gradient

    def __call__(self, theta: _Array) -> tuple[float, _Array]:
        """The share that one step leaves, and its gradient."""
        share, gradient = self.shares(theta[None])
        return float(share[0]), gradient[0]


def _thinned(z: _Array, y: _Array) -> tuple[_Array, _Array]:
    """Means of ``z`` and ``y`` over bins of equally many neighbors in ``z``: enough to find where to start."""
    bins = [np.asarray(part) for part in np.array_split(np.argsort(z, kind="stable"), min(BINS, len(z)))]
    return np.array([z[part].mean() for part in bins]), np.array([y[part].mean() for part in bins])


def _linear_part(x: _Array, y: _Array, center: float, width: float, *, line: bool) -> Fit:
    step = expit((x - center) / width) - 0.5
    columns = np.stack([step, np.ones_like(x), x] if line else [step, np.ones_like(x)], axis=1)
    size = np.abs(columns).max(axis=0)
    solution = np.linalg.lstsq(columns / size, y, rcond=None)[0] / size
    return Fit(float(solution[0]), center, width, float(solution[2]) if line else 0.0, float(solution[1]))
