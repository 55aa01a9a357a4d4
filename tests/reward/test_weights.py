import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.reward.weights import attribute_weights


@given(st.lists(st.booleans(), min_size=1, max_size=7), st.floats(0.1, 0.9))
def test_weights_are_convex(counted: list[bool], overall: float) -> None:
    weights = attribute_weights(np.array(counted), overall)
    assert (weights >= 0).all()
    assert abs(weights.sum() - float(any(counted))) < 1e-12
    assert (weights[~np.array(counted)] == 0).all()


def test_overall_has_half_and_the_rest_share_half() -> None:
    np.testing.assert_allclose(
        attribute_weights(np.array([True, False, True, True, True]), 0.5), [1 / 6, 0, 1 / 6, 1 / 6, 0.5]
    )


def test_alone_each_side_takes_all() -> None:
    rows = np.array([[False, False, True], [True, True, False], [False, False, False]])
    np.testing.assert_allclose(attribute_weights(rows, 0.5), [[0, 0, 1], [0.5, 0.5, 0], [0, 0, 0]])
