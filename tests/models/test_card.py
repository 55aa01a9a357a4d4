"""What others find in a model folder: plain transformers, in a process that cannot import the project."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import torch
import transformers
import yaml
from transformers import AutoProcessor, AutoTokenizer

from mgiqa.attributes import KEYS
from mgiqa.models.card import CARD, LONGEST, model_card
from mgiqa.models.digest import model_digest
from mgiqa.models.load import load_model, save_model
from mgiqa.overall import pooled
from mgiqa.scoring.scorer import Scorer

ALONE = """
import sys

class NotHere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "mgiqa":
            raise ModuleNotFoundError("the project is not here")

sys.meta_path.insert(0, NotHere())
"""
SHORT = 24


def snippets(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.S)


def front_matter(text: str) -> dict:
    return yaml.safe_load(text.split("---")[1])


def run_alone(snippet: str, folder) -> str:
    """What it prints, in ``folder``; the answers are cut, since a model with random weights never ends one."""
    assert f"max_new_tokens={LONGEST}" in snippet
    program = ALONE + snippet.replace(f"max_new_tokens={LONGEST}", f"max_new_tokens={SHORT}")
    command = [sys.executable, "-I", "-c", program]
    environment = {"PATH": os.environ["PATH"], "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def shared(folder, noise, tmp_path_factory):
    """The folder as somebody else has it, with photos beside it."""
    path = tmp_path_factory.mktemp("elsewhere") / "model"
    shutil.copytree(folder, path)
    noise[0].resize((90, 60)).save(path / "photo.jpg")
    noise[1].save(path / "other.png")
    return path


@pytest.fixture(scope="module")
def said(shared):
    """What the project's own scorer says of the photo."""
    first, other = Scorer(shared, device="cpu").score([shared / "photo.jpg", shared / "other.png"], max_tokens=SHORT)
    assert first.texts != other.texts, "a model that is blind would pass"
    return first.texts[0]


def test_the_readme_tells_plain_transformers_how_to_give_the_same_answer(shared, said):
    snippet = snippets((shared / CARD).read_text())[0]
    assert run_alone(snippet, shared).rstrip("\n") == said.rstrip("\n")


@pytest.mark.skipif(not find_spec("torchvision"), reason="transformers' own processor of Qwen2.5-VL needs torchvision")
def test_the_processor_of_transformers_gives_an_answer(shared):
    assert run_alone(snippets((shared / CARD).read_text())[1], shared).strip()


def test_the_processor_is_transformers_own_or_says_what_it_lacks(folder):
    """Never a bare tokenizer, which takes an image without a word and does not show it to the model."""
    try:
        assert isinstance(AutoProcessor.from_pretrained(folder), transformers.Qwen2_5_VLProcessor)
    except ImportError as error:
        assert "torchvision" in str(error).lower()


def test_every_class_that_a_folder_names_is_transformers_own(folder):
    named = re.findall(
        r'"(?:\w+_class|\w+_type)": "(\w*[A-Z]\w*)"', "".join(path.read_text() for path in folder.glob("*.json"))
    )
    assert set(named) >= {"Qwen2_5_VLProcessor", "Qwen2VLImageProcessor", "Qwen2VLVideoProcessor"}
    assert [name for name in named if not hasattr(transformers, name)] == []


def test_the_part_for_videos_cuts_what_it_sees_as_the_part_for_images_does(folder):
    content = json.loads((folder / "processor_config.json").read_text())
    images, videos = content["image_processor"], content["video_processor"]
    assert {videos[key] == images[key] for key in videos if key in images} == {True}
    assert videos["temporal_patch_size"] == 1


def test_every_part_lies_in_a_file_of_its_own_as_programs_on_transformers_4_look_for_it(folder):
    whole, images, videos, words = (
        json.loads((folder / f"{name}_config.json").read_text())
        for name in ("processor", "preprocessor", "video_preprocessor", "tokenizer")
    )
    assert {part["processor_class"] for part in (whole, images, videos, words)} == {"Qwen2_5_VLProcessor"}
    for part, alone in ((whole["image_processor"], images), (whole["video_processor"], videos)):
        assert part == {key: value for key, value in alone.items() if key != "processor_class"}
    assert words["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert "<|image_pad|>" in words["additional_special_tokens"]


def test_a_folder_says_nothing_of_how_its_tokenizer_was_loaded(folder, tmp_path):
    loaded = load_model(folder, "cpu")
    save_model(tmp_path, loaded.model, loaded.processor, loaded.origin)
    words = [json.loads((one / "tokenizer_config.json").read_text()) for one in (folder, tmp_path)]
    assert not {"is_local", "local_files_only", "name_or_path"} & words[1].keys()
    assert words[0] == words[1]
    tokenizers = [AutoTokenizer.from_pretrained(one) for one in (folder, tmp_path)]
    for tokenizer in tokenizers:
        assert tokenizer("<|im_start|>user\n3.75<|im_end|>") == tokenizers[0]("<|im_start|>user\n3.75<|im_end|>")
        assert tokenizer.all_special_tokens == tokenizers[0].all_special_tokens


def test_others_decode_as_the_project_does(folder, build, processor, tmp_path):
    model = build(0)
    model.generation_config.update(do_sample=True, repetition_penalty=1.05, temperature=0.1)
    save_model(tmp_path, model, processor, {"overall": "direct"})
    written = json.loads((tmp_path / "generation_config.json").read_text())
    assert not set(written) & {"do_sample", "repetition_penalty", "temperature"}
    assert written["eos_token_id"] == json.loads((folder / "generation_config.json").read_text())["eos_token_id"]


def test_equal_models_have_equal_digests_with_their_readme(build, processor, tmp_path):
    for name in ("one", "other"):
        save_model(tmp_path / name, build(0), processor, {"made by": "a test", "overall": "direct"})
    assert (tmp_path / "one" / CARD).is_file()
    assert model_digest(tmp_path / "one") == model_digest(tmp_path / "other")


def test_the_hub_reads_what_the_model_is_and_what_it_began_as():
    own = front_matter(model_card({"model": "tiny", "overall": "direct"}, True))
    assert own == {
        "library_name": "transformers",
        "pipeline_tag": "image-text-to-text",
        "tags": ["image-quality-assessment"],
    }
    of_the_hub = model_card({"model": "Qwen/Qwen2.5-VL-3B-Instruct", "revision": "66285546", "overall": "direct"}, True)
    assert front_matter(of_the_hub)["base_model"] == "Qwen/Qwen2.5-VL-3B-Instruct"


def test_a_folder_of_somebody_is_not_named_as_a_model_of_the_hub():
    assert "somebody" not in model_card({"model": "/home/somebody/model", "revision": "", "overall": "direct"}, True)


def test_how_the_overall_score_is_read_jointly_stands_in_the_readme():
    text = model_card({"overall": "pooled"}, True)
    (formula,) = re.findall(r"`(\(overall .*?)`", text)
    scores = dict(zip(KEYS, (2.0, 3.5, 4.0, 1.5, 3.0), strict=True))
    assert eval(formula, {}, scores) == pytest.approx(float(pooled(np.array(list(scores.values())))))
    assert "`(overall" not in model_card({"overall": "direct"}, True)


def test_a_model_whose_processor_needs_nothing_more_has_one_snippet():
    (snippet,) = snippets(model_card({}, False))
    assert "AutoProcessor" in snippet


def test_images_are_resized_alike_with_torchvision_and_without(folder, processor, noise):
    from mgiqa.models.processor import load_processor

    loaded = load_processor(folder, "qwen2_5_vl")
    assert type(loaded.image_processor).__name__.endswith("Pil")
    given = [made.image_processor(noise[0], return_tensors="pt")["pixel_values"] for made in (loaded, processor)]
    assert torch.equal(*given)
