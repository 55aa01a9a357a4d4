"""Whatever is killed, and whenever, ends with the bytes of a run that nobody disturbed."""

from collections import Counter
from pathlib import Path

import pytest

from tests.checkout import Checkout
from tests.crashes import SHARE, Crashes

pytestmark = pytest.mark.slow


def test_twenty_kills_at_random_moments_of_all_stages_change_no_byte(finished: Checkout, tmp_path: Path) -> None:
    crashes = Crashes(finished.root, tmp_path / "mgiqa")
    wrong = {stage: crashes.torment(stage, dataset, kills=kills) for stage, (dataset, kills) in SHARE.items()}
    assert wrong == {stage: [] for stage in SHARE}
    assert Counter(crashes.kills) == {stage: kills for stage, (_, kills) in SHARE.items()}
    assert len(crashes.kills) == 20
    assert not list(crashes.copy.rglob(".*.draft"))
