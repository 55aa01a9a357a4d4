"""Laws of the share of scores near an end of the scale."""

import math

import pytest

from mgiqa.metrics.saturation import share_near_ends


def test_both_ends_count_and_the_middle_does_not():
    assert share_near_ends([1.0, 1.25, 1.26, 3.0, 4.74, 4.75, 5.0, 5.0], 1, 5) == 5 / 8


def test_what_is_no_number_counts_nowhere():
    assert share_near_ends([math.nan, 5.0, 3.0], 1, 5) == 1 / 2


def test_without_a_score_there_is_no_share():
    assert math.isnan(share_near_ends([math.nan], 1, 5))


@pytest.mark.parametrize("scale", [(1, 5), (0, 100)])
def test_a_score_in_the_middle_has_not_saturated(scale):
    assert share_near_ends([sum(scale) / 2], *scale) == 0
