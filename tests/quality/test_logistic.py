"""The logistic fits reach what a general optimizer reaches from many starts, and always end."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import OptimizeWarning, curve_fit

from mgiqa.quality.logistic import NARROWEST, Fit, fit_logistic4, fit_logistic5

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
