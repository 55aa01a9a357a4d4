"""The examples of ``docs/guides/add-a-reward.md`` work as they stand."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mgiqa.reward.advantage import LIVE, compute
from mgiqa.reward.rewards import REWARDS
from tests.reward.batches import plain_batch

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "add-a-reward.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("code", EXAMPLES, ids=["pointwise", "pairwise"])
def test_an_example_can_be_registered_and_computed(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module: dict = {}
    exec(compile(code, str(PAGE), "exec"), module)
    reward = module["REWARD"]
    settings = next(iter(reward.settings.values()))
    monkeypatch.setitem(REWARDS, settings.reward, reward)
    batch = plain_batch()
    truth = replace(batch, scores=np.repeat(batch.labels[:, None, :], 6, axis=1))
    good, bad = compute(truth, settings), compute(replace(truth, scores=6 - truth.scores), settings)
    assert (good.state == LIVE).all()
    assert 0 <= np.mean(bad.quality) < np.mean(good.quality) <= 1
    assert np.isfinite(good.combined).all()
