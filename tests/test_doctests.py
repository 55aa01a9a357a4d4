"""The examples in the docstrings of the mathematics give what they say, and every module of it has one."""

import doctest
import importlib.util
import pkgutil
from collections.abc import Iterator

import pytest

FORMULAS = (
    "mgiqa.reward",
    "mgiqa.metrics",
    "mgiqa.overall",
    "mgiqa.scores",
    "mgiqa.datasets.scale",
    "mgiqa.training.base.pooling",
    "mgiqa.training.base.vision_pretraining",
)
WITHOUT_EXAMPLE = {
    "mgiqa.reward": "a package",
    "mgiqa.reward.rewards": "the registry",
    "mgiqa.reward.rewards.form": "the interface",
    "mgiqa.reward.rewards.fixed_variance": "settings of mg_thurstone, whose example it shares",
    "mgiqa.reward.rewards.visualquality_r1": "settings of mg_thurstone, whose example it shares",
    "mgiqa.metrics": "a package",
}
"""Modules that hold no formula → why."""


def modules() -> Iterator[str]:
    for name in FORMULAS:
        yield name
        spec = importlib.util.find_spec(name)
        assert spec is not None
        folders = spec.submodule_search_locations or []
        yield from (module.name for module in pkgutil.walk_packages(folders, f"{name}."))


@pytest.mark.parametrize("name", list(modules()))
def test_examples_give_what_they_say(name: str) -> None:
    tried = doctest.testmod(importlib.import_module(name))
    assert tried.failed == 0
    assert (tried.attempted > 0) == (name not in WITHOUT_EXAMPLE)
