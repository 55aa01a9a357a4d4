"""Where the model comes from that everything starts from."""

from pathlib import Path

import pytest

from mgiqa.settings.model import Base
from mgiqa.training.base.model import fetched_model
from tests.toy_model import save_toy_model


def test_a_relative_folder_starts_from_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where an experiment runs in a copy of it, which holds only what git tracks."""
    save_toy_model(tmp_path / "checkout" / "models" / "mine")
    (tmp_path / "copy").mkdir()
    monkeypatch.chdir(tmp_path / "copy")
    made = fetched_model(Base(model="models/mine"), tmp_path / "checkout")
    assert made.origin["model"] == "models/mine"
