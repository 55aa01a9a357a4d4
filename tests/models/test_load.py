import hashlib
import shutil
import subprocess

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import Qwen2_5_VLForConditionalGeneration
from transformers.utils import logging

from mgiqa.errors import DataError, IntegrityError, MissingInput
from mgiqa.models.digest import SUMS, model_digest, model_files, write_sums
from mgiqa.models.load import load_model
from mgiqa.models.origin import ORIGIN, how_read, read_origin, write_origin


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
    assert load_model(folder, "cpu").origin == {"made by": "a test", "overall": "direct"}
    assert not any(str(folder) in path.read_text() for path in folder.glob("*.json"))


def test_the_folder_says_how_the_overall_score_is_read_and_one_that_says_nothing_means_as_said(tmp_path):
    assert how_read(read_origin(tmp_path)) == "direct"
    write_origin(tmp_path, {"overall": "pooled"})
    assert how_read(read_origin(tmp_path)) == "pooled"


def test_weights_are_safetensors(folder):
    assert [path.name for path in folder.iterdir() if path.suffix in {".bin", ".pt", ".pkl", ".safetensors"}] == [
        "model.safetensors"
    ]


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(MissingInput, match="holds no model"):
        load_model(tmp_path)


@pytest.fixture
def copied(folder, tmp_path):
    """A copy of the model folder that says nothing of its bytes, as a download from the Hub."""
    shutil.copytree(folder, tmp_path / "spoiled")
    (tmp_path / "spoiled" / SUMS).unlink()
    return tmp_path / "spoiled"


@pytest.fixture
def spoiled(copied, tmp_path):
    """A way to change the weights of the copy."""
    path = tmp_path / "spoiled" / "model.safetensors"

    def change(**tensors):
        kept = load_file(path) | tensors
        save_file({name: weight for name, weight in kept.items() if weight is not None}, path, {"format": "pt"})
        return path.parent

    return change


def test_weights_that_are_not_there_end_in_one_sentence(spoiled):
    folder = spoiled()
    (folder / "model.safetensors").unlink()
    with pytest.raises(MissingInput, match="no weights"):
        load_model(folder, "cpu")


@pytest.mark.parametrize("size", [0, 7, 5000])
def test_weights_that_were_cut_off_end_in_one_sentence(spoiled, size):
    path = spoiled() / "model.safetensors"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError, match="cannot be loaded"):
        load_model(path.parent, "cpu")


NORM = "model.norm.weight"


@pytest.mark.parametrize(
    ("tensors", "fault"),
    [
        ({NORM: None}, "language_model.norm.weight is missing"),
        ({"model.extra": torch.ones(2)}, "model.extra is left over"),
        ({NORM: torch.ones(3)}, r"language_model.norm.weight is \(3,\) and must be \(128,\)"),
    ],
    ids=["missing", "left over", "another shape"],
)
def test_weights_that_are_not_the_models_own_are_refused_by_name(spoiled, capfd, tensors, fault):
    with pytest.raises(DataError, match=fault):
        load_model(spoiled(**tensors), "cpu")
    assert "MISSING" not in capfd.readouterr().err, "the sentence is enough"


@pytest.mark.parametrize(
    ("text", "fault"),
    [('{"overall": "evil"}', "'evil'"), ('{"overall": 3}', "overall: 3"), ("[1]", "list"), ("{", "no JSON")],
)
def test_an_origin_that_is_not_known_is_refused(copied, text, fault):
    (copied / ORIGIN).write_text(text)
    with pytest.raises(DataError, match=fault):
        load_model(copied, "cpu")


@pytest.mark.parametrize("text", ["{", "[]", '{"hidden_size": 3}'])
def test_a_configuration_that_says_nothing_is_refused(copied, text):
    (copied / "config.json").write_text(text)
    with pytest.raises(DataError, match=r"config\.json"):
        load_model(copied, "cpu")


@pytest.mark.parametrize(
    ("text", "fault"),
    [("{% for turn in messages %}", "cannot be loaded"), ("{{ nothing.at.all }}", "undefined"), ("Hi", "not show the")],
    ids=["cut off", "asks for what is not there", "blind"],
)
def test_a_broken_chat_template_ends_in_one_sentence(copied, text, fault):
    (copied / "chat_template.jinja").write_text(text)
    with pytest.raises(DataError, match=fault):
        load_model(copied, "cpu")


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "chat_template.jinja", ORIGIN, SUMS])
def test_one_flipped_bit_is_refused_by_the_files_name(folder, tmp_path, name):
    shutil.copytree(folder, tmp_path / "rotten")
    flip(tmp_path / "rotten" / name)
    with pytest.raises((DataError, IntegrityError), match=name):
        load_model(tmp_path / "rotten", "cpu")


def test_a_file_that_was_taken_away_or_put_there_is_refused_by_name(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "other")
    (tmp_path / "other" / "photo.jpg").write_bytes(b"is no part of a model")
    load_model(tmp_path / "other", "cpu")
    (tmp_path / "other" / ORIGIN).unlink()
    (tmp_path / "other" / "adapter_config.json").write_text("{}")
    with pytest.raises(IntegrityError, match=r"adapter_config\.json is left over, model\.json is missing"):
        load_model(tmp_path / "other", "cpu")


def test_the_list_of_a_folder_is_what_sha256sum_takes_and_what_the_digest_is_of(folder):
    done = subprocess.run(["sha256sum", "--strict", "-c", SUMS], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(list(model_files(folder)))
    assert hashlib.sha256((folder / SUMS).read_bytes()).hexdigest() == model_digest(folder)


def test_the_digest_tells_names_and_bytes_and_nothing_else(tmp_path):
    def digest(**files):
        made = tmp_path / "made"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        for name, text in files.items():
            (made / f"{name}.json").write_text(text)
        (made / "summary.json").write_text("tells of the training")
        write_sums(made, model_files(made))
        return model_digest(made)

    assert digest(a="1", b="2") == digest(b="2", a="1")
    assert len({digest(a="1", b="2"), digest(a="2", b="1"), digest(a="12", b=""), digest(a="1")}) == 4


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
