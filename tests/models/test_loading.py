import shutil

import pytest
import torch
from transformers import Qwen2_5_VLForConditionalGeneration
from transformers.utils import logging

from mgiqa.errors import DataError, MissingInput
from mgiqa.models.loading import load_model
from mgiqa.models.origin import how_read, read_origin, write_origin


def test_a_saved_model_answers_as_before(build, folder, asked):
    with torch.inference_mode():
        before = build(0).eval()(**asked).logits
        after = load_model(folder, "cpu").model(**asked).logits
    assert torch.equal(before, after)


def test_the_folder_needs_no_code_of_ours_for_its_weights(folder, asked):
    plain = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder).eval()
    with torch.inference_mode():
        assert torch.equal(plain(**asked).logits, load_model(folder, "cpu").model(**asked).logits)


def test_the_folder_says_where_it_came_from_and_nothing_of_this_machine(folder):
    assert load_model(folder, "cpu").origin == {"made by": "a test"}
    assert not any(str(folder) in path.read_text() for path in folder.glob("*.json"))


def test_the_folder_says_how_the_overall_score_is_read_and_one_that_says_nothing_means_as_said(tmp_path):
    assert how_read(read_origin(tmp_path)) == "said"
    write_origin(tmp_path, {"whole": "joined"})
    assert how_read(read_origin(tmp_path)) == "joined"


def test_weights_are_safetensors(folder):
    assert [path.name for path in folder.iterdir() if path.suffix in {".bin", ".pt", ".pkl", ".safetensors"}] == [
        "model.safetensors"
    ]


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(MissingInput, match="holds no model"):
        load_model(tmp_path)


def test_damaged_weights_end_in_one_sentence(folder, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "model.safetensors").unlink()
    with pytest.raises(DataError, match="cannot be loaded"):
        load_model(broken, "cpu")


@pytest.mark.filterwarnings("ignore:Cannot enable progress bars")
def test_loading_draws_no_progress_bar_and_leaves_those_of_the_program(folder, capfd, monkeypatch):
    monkeypatch.delenv("HF_HUB_DISABLE_PROGRESS_BARS")
    logging.enable_progress_bar()
    try:
        load_model(folder, "cpu")
        assert logging.is_progress_bar_enabled()
    finally:
        logging.disable_progress_bar()
    assert "Loading" not in capfd.readouterr().err
