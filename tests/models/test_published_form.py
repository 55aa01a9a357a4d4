"""Folders in the form of the published ones are what the Hub has, but for widths and weights, and are read as those."""

import base64
import unicodedata
from itertools import pairwise

import pytest
import torch
from transformers import AutoConfig, AutoTokenizer, GenerationConfig

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.load import load_model
from mgiqa.models.processor import load_processor
from mgiqa.models.published import parameter_count
from mgiqa.scoring.generation import Decoding, generate
from tests.published_model import VOCABULARY, write_published

IDS = {
    "<|endoftext|>": 151643,
    "<|im_start|>": 151644,
    "<|im_end|>": 151645,
    "<|vision_start|>": 151652,
    "<|vision_end|>": 151653,
    "<|image_pad|>": 151655,
    "<|video_pad|>": 151656,
    "<|file_sep|>": 151664,
}
"""As published."""
TEXTS = (
    "Sharpness: 3.75, naïve café; 你好，世界 🙂\n\n  two  blanks\t",
    '<think>\nNoise: strong.\n</think>\n<answer>{"overall": 1.05}</answer>',
    "it's WE'LL  \r\n 12345 x\u0301",
    PROMPT.text,
)


@pytest.fixture(scope="module")
def tokenizer(published):
    return AutoTokenizer.from_pretrained(published)


def test_tokens_have_their_published_numbers(tokenizer):
    assert {token: tokenizer.convert_tokens_to_ids(token) for token in IDS} == IDS
    assert (len(tokenizer), tokenizer.eos_token_id, tokenizer.pad_token_id) == (151665, 151645, 151643)
    assert tokenizer("Hello, world!")["input_ids"] == [9707, 11, 1879, 0]  # as Qwen's own documents show it
    assert [len(tokenizer(score)["input_ids"]) for score in ("3.75", "3", ".")] == [4, 1, 1]


@pytest.mark.parametrize("text", TEXTS)
def test_text_comes_back_in_normal_form_c(tokenizer, text):
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == unicodedata.normalize("NFC", text)


def test_the_bytes_of_a_word_are_merged_by_rank(tokenizer, real_data):
    """Against the ranks themselves: of all neighbours the pair of the lowest rank is merged first."""
    lines = (line.split() for line in (real_data / VOCABULARY).read_bytes().splitlines())
    ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
    for word in ("Sharpness", " composition", " 世界", "unbelievable", "Bildqualität", "</"):
        parts = [bytes([byte]) for byte in word.encode()]
        while pairs := [pair for pair in pairwise(parts) if b"".join(pair) in ranks]:
            first = min(pairs, key=lambda pair: ranks[b"".join(pair)])
            place = next(place for place in range(len(parts)) if tuple(parts[place : place + 2]) == first)
            parts[place : place + 2] = [b"".join(first)]
        assert tokenizer(word)["input_ids"] == [ranks[part] for part in parts], word


def test_a_system_turn_stands_before_the_question_and_the_image_is_shown(published):
    processor = load_processor(published, "qwen2_5_vl")
    text = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    assert text == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
        f"<|vision_start|><|image_pad|><|vision_end|>{PROMPT.text}<|im_end|>\n<|im_start|>assistant\n"
    )


def test_images_and_answers_are_handled_as_published(published):
    images = load_processor(published, "qwen2_5_vl").image_processor
    assert dict(images.size) == {"shortest_edge": 3136, "longest_edge": 12_845_056}
    assert (images.patch_size, images.merge_size, images.temporal_patch_size) == (14, 2, 2)
    assert images.image_mean == pytest.approx([0.48145466, 0.4578275, 0.40821073])
    defaults = GenerationConfig.from_pretrained(published)
    assert defaults.eos_token_id == [151645, 151643]
    assert (defaults.do_sample, defaults.temperature, defaults.repetition_penalty) == (True, 1e-6, 1.05)


def test_most_weights_are_the_heads_and_the_head_is_the_published_one(published):
    loaded = load_model(published, "cpu")
    assert loaded.model.dtype == torch.bfloat16
    assert len(loaded.model.get_output_embeddings().weight) == 151936
    assert 19e6 < parameter_count(loaded.model) < 22e6


def test_its_defaults_do_not_leak_into_our_answers(published, noise):
    """A penalty on what was said before would be a penalty on the second brace, comma and digit of an answer."""
    loaded = load_model(published, "cpu")
    loaded.model.float()
    plain = generate(loaded, noise[:1], Decoding(max_tokens=6))
    for changed in ({"repetition_penalty": 100.0}, {"temperature": 5.0, "do_sample": True}):
        loaded.model.generation_config.update(**changed)
        assert generate(loaded, noise[:1], Decoding(max_tokens=6)) == plain


def test_either_end_token_ends_an_answer_and_is_no_part_of_it(published, noise):
    loaded = load_model(published, "cpu")
    loaded.model.float()
    ((whole,),) = generate(loaded, noise[:1], Decoding(max_tokens=4))
    written = [loaded.processor.tokenizer(whole)["input_ids"]][0]
    loaded.model.generation_config.eos_token_id = [151645, written[-1]]
    ((cut,),) = generate(loaded, noise[:1], Decoding(max_tokens=4))
    assert cut == loaded.processor.tokenizer.decode(written[: written.index(written[-1])])


def test_the_other_family_has_no_system_turn_and_other_patches(real_data, tmp_path):
    folder = write_published(tmp_path / "qwen3-vl", real_data, "qwen3_vl")
    assert AutoConfig.from_pretrained(folder).architectures == ["Qwen3VLForConditionalGeneration"]
    loaded = load_model(folder, "cpu")
    question = loaded.processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    assert question.startswith("<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>")
    assert loaded.processor.image_processor.patch_size == 16
    assert parameter_count(loaded.model) > 19e6
