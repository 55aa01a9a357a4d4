from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import pytest
from trl import GRPOConfig

from mgiqa.errors import MissingExtra
from mgiqa.settings.training import Train
from mgiqa.training.grpo.vllm import vllm_options


def test_nothing_is_said_of_vllm_where_nobody_asks_for_it() -> None:
    assert vllm_options(Train()) == {}


def test_vllm_stops_where_the_answer_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vllm.py").touch()  # that it is there is all that is asked
    monkeypatch.syspath_prepend(tmp_path)
    options = vllm_options(Train(vllm="colocate"))
    assert options["generation_kwargs"]["stop"] == ["</answer>"]
    assert set(options) <= {field.name for field in fields(GRPOConfig)}


@pytest.mark.skipif(find_spec("vllm") is not None, reason="vLLM is installed")
@pytest.mark.parametrize("mode", ["colocate", "server"])
def test_vllm_that_is_not_installed_is_refused_in_a_sentence_with_both_ways_out(mode: str) -> None:
    with pytest.raises(
        MissingExtra, match=f"train.vllm is {mode}, and vLLM is not installed.*or set train.vllm to none"
    ):
        vllm_options(Train(vllm=mode))
