from typing import Any

import pytest

from mgiqa.errors import SettingsError
from mgiqa.reward.advantage import PARITY, RECOMMENDED, settings_named
from mgiqa.reward.settings import RewardSettings, with_options


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("overall", "worst"),
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


def test_recommended_is_what_the_decisions_say() -> None:
    assert RewardSettings() == RECOMMENDED
    assert (RECOMMENDED.variance, RECOMMENDED.floor, RECOMMENDED.overall_weight) == ("fixed", 1.0, 0.5)
    assert RECOMMENDED.overall == "pooled"


def test_parity_is_what_was_published() -> None:
    assert (PARITY.variance, PARITY.gamma, PARITY.target, PARITY.tie_band) == ("sample", 1e-6, "hard", 0.0)
    assert PARITY.overall == "direct"
    assert (PARITY.aggregation, PARITY.format_weight) == ("sum", 1.0)


def test_an_option_changes_its_field_and_no_other() -> None:
    changed = settings_named("mg_thurstone:parity", options={"gamma": 0.5, "variance": "fixed"})
    assert (changed.gamma, changed.variance) == (0.5, "fixed")
    assert with_options(changed, {"gamma": PARITY.gamma, "variance": PARITY.variance}) == PARITY


def test_a_number_that_yaml_reads_as_text_is_a_number() -> None:
    assert with_options(RECOMMENDED, {"gamma": "1e-6"}).gamma == 1e-6
    assert with_options(RECOMMENDED, {"min_partners": 3.0}).min_partners == 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"varianse": "fixed"}, "Did you mean variance"),
        ({"attributes": "overall"}, "set by train.attributes"),
        ({"gamma": "little"}, "gamma is 'little'. Give it a number"),
        ({"gamma": True}, "gamma is True. Give it a number"),
        ({"gamma": -1}, "gamma is -1.0"),
        ({"min_partners": 2.5}, "min_partners is 2.5. Give it a whole number"),
        ({"equalize_domains": 1.0}, "equalize_domains is 1.0. Give it true or false"),
        ({"variance": 1.0}, "variance is 1.0. Give it a name"),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_what_can(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        settings_named("mg_thurstone", options=options)
