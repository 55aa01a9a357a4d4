"""The logistic fits reach what a general optimizer reaches from many starts, and always end."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import OptimizeWarning, curve_fit

from mgiqa.metrics.logistic import NARROWEST, Fit, _Remainder, fit_logistic4, fit_logistic5

SHAPES: list[Callable[[np.ndarray], np.ndarray]] = [
    lambda z: z,
    np.tanh,
    lambda z: -z,
    lambda z: np.exp(z / 2),
    lambda z: 1 / (1 + np.exp(-4 * z)),
]


def vqeg4(x: np.ndarray, b1: float, b2: float, b3: float, b4: float) -> np.ndarray:
    return (b1 - b2) / (1 + np.exp(-(x - b3) / abs(b4))) + b2


def vqeg5(x: np.ndarray, b1: float, b2: float, b3: float, b4: float, b5: float) -> np.ndarray:
    return b1 * (0.5 - 1 / (1 + np.exp(b2 * (x - b3)))) + b4 * x + b5


def data(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 300))
    z = rng.normal(size=n)
    return z * 10 ** rng.uniform(-2, 2) + rng.normal() * 10, SHAPES[seed % len(SHAPES)](z) + 0.3 * rng.normal(size=n)


def error(fit: Callable[[np.ndarray], np.ndarray], x: np.ndarray, y: np.ndarray) -> float:
    return float(np.square(fit(x) - y).sum())


@pytest.mark.parametrize("seed", range(15))
def test_four_parameters_reach_the_best_of_nine_general_fits(seed: int) -> None:
    x, y = data(seed)
    spread = np.subtract(*np.quantile(x, [0.95, 0.05])) / 2
    best = error(fit_logistic4(x, y), x, y)
    for center in np.quantile(x, [0.2, 0.5, 0.8]):
        for width in (0.1, 0.5, 2):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", (RuntimeWarning, OptimizeWarning))
                try:
                    found, _ = curve_fit(vqeg4, x, y, [y.max(), y.min(), center, x.std() * width], maxfev=2000)
                except RuntimeError:
                    continue
                if abs(found[3]) >= NARROWEST * spread:
                    assert best <= error(lambda x, p=found: vqeg4(x, *p), x, y) * (1 + 1e-4)


@pytest.mark.parametrize("seed", range(15))
def test_five_parameters_contain_the_line_and_come_near_the_four(seed: int) -> None:
    x, y = data(seed)
    line = np.polynomial.Polynomial.fit(x, y, 1)
    five = error(fit_logistic5(x, y), x, y)
    assert five <= error(line, x, y) * (1 + 1e-9)
    assert five <= error(fit_logistic4(x, y), x, y) * (1 + 1e-6)


def test_the_parameters_are_those_of_vqeg() -> None:
    x = np.linspace(-3, 3, 50)
    fit = Fit(step=2.0, center=0.5, width=0.7, slope=0.0, offset=3.0)
    np.testing.assert_allclose(fit(x), vqeg4(x, 4.0, 2.0, 0.5, 0.7))
    fit = Fit(step=2.0, center=0.5, width=0.7, slope=0.3, offset=3.0)
    np.testing.assert_allclose(fit(x), vqeg5(x, 2.0, 1 / 0.7, 0.5, 0.3, 3.0))


@pytest.mark.parametrize(("fit", "truth"), [(fit_logistic4, 0.0), (fit_logistic5, 0.2)])
def test_a_logistic_without_noise_is_found_again(fit: Callable[..., Fit], truth: float) -> None:
    x = np.linspace(0, 100, 400)
    y = Fit(step=3.0, center=40.0, width=9.0, slope=truth / 10, offset=2.5)(x)
    found = fit(x, y)
    assert found.fallback == ""
    np.testing.assert_allclose(found(x), y, atol=1e-4)
    assert (found.center, found.width) == pytest.approx((40.0, 9.0), rel=1e-2)


def test_an_affine_change_of_the_score_changes_only_the_parameters() -> None:
    for fit in (fit_logistic4, fit_logistic5):
        x, y = data(1)
        np.testing.assert_allclose(fit(1000 * x - 7, y)(1000 * x - 7), fit(x, y)(x), atol=1e-5)


@pytest.mark.parametrize("fit", [fit_logistic4, fit_logistic5])
@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 5], "fewer than"),
        ([], [], "fewer than"),
        ([3] * 9, list(range(9)), "constant"),
        (list(range(9)), [3] * 9, "constant"),
    ],
)
def test_what_cannot_be_fitted_falls_back_to_a_line_with_a_reason(
    fit: Callable[..., Fit], x: list, y: list, reason: str
) -> None:
    found = fit(np.array(x, dtype=float), np.array(y, dtype=float))
    assert reason in found.fallback
    assert found.step == 0
    assert found(np.array(x, dtype=float)).shape == (len(x),)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("fit", [fit_logistic4, fit_logistic5])
@pytest.mark.parametrize(
    "x",
    [
        np.r_[np.zeros(50), 1.0],
        np.r_[np.zeros(50), 1e9, -1e9],
        np.repeat([1.0, 2.0], 20),
        np.arange(60) * 1e-300,
        np.linspace(-1e150, 1e150, 60),
        1 + np.arange(60) * 1e-15,
    ],
    ids=["one differs", "two outliers", "two values", "minute", "huge", "nearly constant"],
)
def test_odd_data_end_in_finite_values_without_a_warning(fit: Callable[..., Fit], x: np.ndarray) -> None:
    y = np.random.default_rng(0).normal(size=len(x))
    assert np.isfinite(fit(x, y)(x)).all()


@pytest.mark.parametrize("line", [False, True], ids=["four", "five"])
def test_the_gradient_that_the_search_follows_is_the_slope_of_what_a_step_leaves(line: bool) -> None:
    x, y = data(1)
    z = (x - np.median(x)) / x.std()
    remainder = _Remainder(z, y, line=line)
    steps = np.array([[-0.3, 0.5], [0.2, -1.0], [0.05, 0.1], [0.0, 0.7]])
    shares, gradient = remainder.shares(steps)
    assert (shares.shape, gradient.shape) == ((4,), (4, 2))
    assert ((shares > 0) & (shares <= 1)).all()
    for column in range(2):
        shift = np.eye(2)[column] * 1e-6
        slope = (remainder.shares(steps + shift)[0] - remainder.shares(steps - shift)[0]) / 2e-6
        np.testing.assert_allclose(gradient[:, column], slope, rtol=1e-4, atol=1e-7)


def test_a_step_leaves_what_the_best_map_with_it_leaves_of_what_the_linear_part_alone_leaves() -> None:
    x, y = data(2)
    for line in (False, True):
        remainder = _Remainder(x, y, line=line)
        step = np.array([[0.1, np.log(x.std())]])
        center, width, _ = remainder.step(step)
        base = [np.ones_like(x), x] if line else [np.ones_like(x)]
        columns = np.stack([*base, 1 / (1 + np.exp(-(x - center[0]) / width[0]))], axis=1)
        left, alone = (
            np.square(y - part @ np.linalg.lstsq(part, y, rcond=None)[0]).sum() for part in (columns, columns[:, :-1])
        )
        assert remainder.shares(step)[0] == pytest.approx(left / alone, rel=1e-9)


@pytest.mark.parametrize(("fit", "parameters"), [(fit_logistic4, 4), (fit_logistic5, 5)])
def test_a_fit_needs_one_image_more_than_it_has_parameters(fit: Callable[..., Fit], parameters: int) -> None:
    x = np.array([0.0, 1, 2, 3, 4, 5])
    y = np.array([0.0, 0.1, 0.9, 1.0, 1.1, 0.9])
    assert fit(x[:parameters], y[:parameters]).fallback == f"fewer than {parameters + 1} images"
    assert "fewer" not in fit(x[: parameters + 1], y[: parameters + 1]).fallback


@pytest.mark.parametrize("fit", [fit_logistic4, fit_logistic5])
def test_the_line_that_stands_in_is_that_of_least_squares(fit: Callable[..., Fit]) -> None:
    x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 4.0])
    assert (fit(x, y).slope, fit(x, y).offset) == pytest.approx(tuple(np.polyfit(x, y, 1)))
    level = fit(np.full(9, 3.0), np.arange(9.0))
    assert (level.slope, level.offset, level.fallback) == (0, 4, "a constant variable")
    assert fit(x, np.full(3, 2.5))(x) == pytest.approx([2.5] * 3)


def test_scores_that_lie_on_a_line_are_mapped_by_it() -> None:
    x = np.arange(30.0)
    found = fit_logistic4(x, 3 - 0.5 * x)
    assert (found.fallback, found.step) == ("a straight line fits better", 0)
    assert (found.slope, found.offset) == pytest.approx((-0.5, 3))


def test_a_step_between_two_groups_of_images_is_found_wherever_it_is() -> None:
    for split in (5, 50, 95):
        x = np.arange(100.0)
        y = (x >= split).astype(float)
        found = fit_logistic4(x, y)
        assert abs(found.center - (split - 0.5)) < 1
        assert np.square(found(x) - y).mean() < 0.01
