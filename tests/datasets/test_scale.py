import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.datasets.scale import declared
from mgiqa.errors import DataError

ranges = st.tuples(st.floats(-1e4, 1e4, allow_subnormal=False), st.floats(1e-3, 1e4, allow_subnormal=False)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)


@given(ranges, st.booleans(), st.floats(0, 1))
def test_the_map_is_invertible(bounds: tuple[float, float], higher_is_better: bool, place: float) -> None:
    lowest, highest = bounds
    scale = declared(lowest, highest, higher_is_better=higher_is_better)
    raw = lowest + place * (highest - lowest)
    assert scale.raw(scale.common(raw)) == pytest.approx(raw, rel=1e-9, abs=1e-9 * max(abs(lowest), abs(highest)))
    std = place * (highest - lowest)
    assert scale.raw_std(scale.common_std(std)) == pytest.approx(std, rel=1e-12, abs=1e-12)


@given(ranges, st.booleans())
def test_the_declared_range_becomes_one_to_five(bounds: tuple[float, float], higher_is_better: bool) -> None:
    lowest, highest = bounds
    scale = declared(lowest, highest, higher_is_better=higher_is_better)
    slack = 1e-12 + 1e-14 * max(abs(lowest), abs(highest)) / (highest - lowest)
    ends = (1.0, 5.0) if higher_is_better else (5.0, 1.0)
    np.testing.assert_allclose(scale.common([lowest, highest]), ends, atol=max(slack, 1e-9) * 10)


@given(ranges, st.booleans(), st.floats(0, 1), st.floats(0, 1))
def test_scores_and_spreads_pass_through_the_same_slope(
    bounds: tuple[float, float], higher_is_better: bool, one: float, other: float
) -> None:
    lowest, highest = bounds
    scale = declared(lowest, highest, higher_is_better=higher_is_better)
    width = highest - lowest
    gap = abs(scale.common(lowest + one * width) - scale.common(lowest + other * width))
    size = max(abs(lowest), abs(highest)) / width
    assert scale.common_std(abs(one - other) * width) == pytest.approx(gap, abs=1e-12 + 1e-14 * size)


def test_known_scales() -> None:
    assert declared(0, 100).common(50) == 3
    assert declared(0, 100).common_std(25) == 1
    assert declared(1, 9).common(9) == 5
    assert declared(0, 100, higher_is_better=False).common(100) == 1
    assert declared(0, 100, higher_is_better=False).common_std(25) == 1
    assert declared(1, 5).common(2.71) == pytest.approx(2.71)


def test_a_missing_score_stays_missing() -> None:
    assert math.isnan(declared(0, 10).common(float("nan")))
    assert math.isnan(declared(0, 10).raw(float("nan")))


@pytest.mark.parametrize("bounds", [(1, 1), (5, 1), (0, math.inf), (math.nan, 5)])
def test_a_range_that_is_none_is_refused(bounds: tuple[float, float]) -> None:
    with pytest.raises(DataError, match="not a range"):
        declared(*bounds)
