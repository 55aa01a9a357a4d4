from typing import Any

import pytest

from mgiqa.errors import SettingsError
from mgiqa.quality.reward import PARITY, RECOMMENDED
from mgiqa.quality.settings import RewardSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("variance", "median"),
        ("target", "both"),
        ("attributes", ["overall"]),
        ("gamma", -1.0),
        ("min_partners", 0),
        ("overall_weight", 1.5),
        ("decay", float("nan")),
        ("width", 0.0),
    ],
)
def test_an_impossible_choice_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=name):
        RewardSettings(**{name: value})


def test_recommended_is_what_the_design_recommends() -> None:
    assert RewardSettings() == RECOMMENDED
    assert (RECOMMENDED.variance, RECOMMENDED.gamma, RECOMMENDED.overall_weight) == ("shrunk", 0.04, 0.5)


def test_parity_is_what_was_published() -> None:
    assert (PARITY.variance, PARITY.gamma, PARITY.target, PARITY.tie_band) == ("sample", 1e-6, "hard", 0.0)
    assert (PARITY.aggregation, PARITY.format_weight) == ("sum", 1.0)
