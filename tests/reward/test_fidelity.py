import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.reward.thurstone import fidelity

probability = st.floats(0, 1)


@given(probability, probability)
def test_fidelity_is_symmetric_bounded_and_mirrored(p: float, t: float) -> None:
    value = fidelity(np.array(p), np.array(t))
    assert 0 <= value <= 1 + 1e-15
    assert value == fidelity(np.array(t), np.array(p))
    assert value == pytest.approx(fidelity(np.array(1 - p), np.array(1 - t)), abs=1e-7)


@given(probability)
def test_agreement_is_one(p: float) -> None:
    assert fidelity(np.array(p), np.array(p)) == pytest.approx(1)


def test_hand_worked_values() -> None:
    assert fidelity(np.array(1.0), np.array(0.0)) == 0
    assert fidelity(np.array(0.64), np.array(1.0)) == pytest.approx(0.8)
    assert fidelity(np.array(0.64), np.array(0.0)) == pytest.approx(0.6)
    assert fidelity(np.array(1.0), np.array(0.5)) == pytest.approx(0.5**0.5)
    assert fidelity(np.array(1.0), np.array(0.0), epsilon=1e-6) == pytest.approx(2e-3)
