"""What two variables share beyond what others tell of both."""

import numpy as np
import pytest

from mgiqa.metrics.correlation import partial_correlation


def correlated(seed: int, n: int = 200, m: int = 5) -> np.ndarray:
    """(m, n) variables that all share something."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, m)) @ rng.normal(size=(m, n))


def of_residuals(variables: np.ndarray, given: list[int]) -> float:
    """The definition: the correlation of what a regression on the given ones leaves of each of the two."""
    known = np.stack([np.ones(variables.shape[1]), *variables[given]], axis=1)
    left = [one - known @ np.linalg.lstsq(known, one, rcond=None)[0] for one in variables[:2]]
    return float(np.corrcoef(left)[0, 1])


@pytest.mark.parametrize("given", [[2], [4], [2, 3], [2, 3, 4]])
def test_it_is_the_correlation_of_what_a_regression_on_the_known_ones_leaves(given: list[int]) -> None:
    drawn = [correlated(seed) for seed in range(5)]
    found = partial_correlation(np.stack([np.corrcoef(variables) for variables in drawn]), given)
    np.testing.assert_allclose(found, [of_residuals(variables, given) for variables in drawn], atol=1e-12)


def test_a_worked_example_by_hand() -> None:
    # (0.6 - 0.5 * 0.4) / sqrt((1 - 0.25) * (1 - 0.16)) = 0.4 / sqrt(0.63)
    matrix = np.array([[[1.0, 0.6, 0.5], [0.6, 1.0, 0.4], [0.5, 0.4, 1.0]]])
    assert partial_correlation(matrix, [2]) == pytest.approx(0.4 / 0.63**0.5, abs=1e-15)


def test_knowing_one_twice_tells_no_more_than_knowing_it_once() -> None:
    matrix = np.corrcoef(correlated(1))[None]
    assert partial_correlation(matrix, [2, 2, 3]) == pytest.approx(partial_correlation(matrix, [2, 3]), abs=1e-9)


def test_where_nothing_is_known_the_correlation_stays() -> None:
    matrix = np.corrcoef(correlated(2))[None]
    assert partial_correlation(matrix, []) == pytest.approx(matrix[:, 0, 1])


def test_two_that_differ_by_what_is_known_alone_share_the_rest_completely() -> None:
    rest, known = np.random.default_rng(3).normal(size=(2, 100))
    matrix = np.corrcoef([rest + known, rest - 2 * known, known])[None]
    assert partial_correlation(matrix, [2]) == pytest.approx(1.0)
    mirrored = np.corrcoef([rest + known, -rest, known])[None]
    assert partial_correlation(mirrored, [2]) == pytest.approx(-1.0)
    assert -1 <= partial_correlation(mirrored, [2])[0] <= 1


def test_it_is_undefined_where_the_known_one_determines_a_variable_or_one_is_constant_and_only_there() -> None:
    plain = np.corrcoef(correlated(4, m=3))
    copied = plain.copy()
    copied[0], copied[:, 0], copied[0, 0] = plain[2], plain[:, 2], 1.0  # variable 0 is the known one
    constant = plain.copy()
    constant[1] = constant[:, 1] = np.nan
    found = partial_correlation(np.stack([plain, copied, constant, plain]), [2])
    assert np.isnan(found).tolist() == [False, True, True, False]
    assert found[0] == found[3] == pytest.approx(partial_correlation(plain[None], [2])[0])
