"""Model folders in the form of the published ones, small enough for two cores.

Vocabulary, special tokens, chat template, image settings and defaults of generation are those of Qwen2.5-VL and
Qwen3-VL; widths are small and weights random. What depends on the real vocabulary, template or settings can be tested
with them, the memory of the head included: of 20 million weights nearly all are its own.
"""

import base64
import copy
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import BPE
from transformers import AutoConfig, AutoModelForImageTextToText, GenerationConfig
from transformers.convert_slow_tokenizer import bytes_to_unicode
from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.processor import limit_pixels, load_processor
from mgiqa.training.optimizers import build_optimizer

VOCABULARY = "tokenizers/qwen.tiktoken"
"""Below the folder of real data: a line for each token, its bytes in base 64 and its rank."""

SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
"""Special tokens in their order after the vocabulary."""
PLAIN = (
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>",
)  # fmt: skip
"""Tokens after these that are one token and no more special than words."""
END_OF_TEXT, END_OF_TURN, VISION_START, VISION_END, IMAGE, VIDEO = 151643, 151645, 151652, 151653, 151655, 151656
SEEN = 112
"""Side in pixels of the images at which an answer is learned by heart."""
ROWS = 151936
"""Rows of the published embeddings of 3 and 4 billion weights: more than there are tokens."""

SYSTEM = (
    "{% if loop.first and message['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    "{% endif %}"
)
TEMPLATE = (
    "{% for message in messages %}SYSTEM<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n"
    "{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif content['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

TEXT = {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": ROWS, "max_position_embeddings": 32768, "tie_word_embeddings": True,
        "initializer_range": 1 / math.sqrt(128), "bos_token_id": END_OF_TEXT, "eos_token_id": END_OF_TURN}  # fmt: skip
TOWER = {"depth": 4, "hidden_size": 64, "num_heads": 4, "intermediate_size": 128, "out_hidden_size": 128,
         "initializer_range": 1 / math.sqrt(64),
         "spatial_merge_size": 2, "temporal_patch_size": 2}  # fmt: skip


_INTERLEAVED = {"rope_type": "default", "rope_theta": 5e6, "mrope_section": [6, 5, 5], "mrope_interleaved": True}


@dataclass(frozen=True)
class Family:
    """What tells one published family from another.

    Attributes:
        processor: class of its processor.
        system: whether its template opens with a system turn where none is given.
        text, tower: of its configuration, beyond ``TEXT`` and ``TOWER``.
        images: settings of its image processor.
        generation: defaults with which its answers are drawn.
    """

    processor: str
    system: bool
    text: Mapping[str, Any]
    tower: Mapping[str, Any]
    images: Mapping[str, Any]
    generation: Mapping[str, Any]


FAMILIES = {
    "qwen2_5_vl": Family(
        "Qwen2_5_VLProcessor",
        True,
        {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 6, 6]}},
        {"patch_size": 14, "window_size": 112, "fullatt_block_indexes": [1, 3]},
        {"patch_size": 14, "min_pixels": 3136, "max_pixels": 12_845_056},
        {"do_sample": True, "temperature": 1e-6, "repetition_penalty": 1.05},
    ),
    "qwen3_vl": Family(
        "Qwen3VLProcessor",
        False,
        {"head_dim": 32, "rope_parameters": _INTERLEAVED},
        {"patch_size": 16, "num_position_embeddings": 2304, "deepstack_visual_indexes": [0, 1, 2]},
        {
            "patch_size": 16,
            "min_pixels": 65_536,
            "max_pixels": 16_777_216,
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
        },
        {"do_sample": True, "temperature": 0.7, "top_p": 0.8, "top_k": 20},
    ),
}


def write_published(
    folder: Path, real_data: Path, family: str = "qwen2_5_vl", *, answers: Sequence[str] = (), seed: int = 0
) -> Path:
    """Writes a model folder as a download from the Hub has it: no ``model.json`` and no ``SHA256SUMS``.

    Args:
        folder: is made.
        real_data: folder of real data; see the fixture of that name.
        family: of ``FAMILIES``.
        answers: what it says when it is asked about any image, each as likely as the others; without one, its weights
            stay random and it says nothing that can be read.
        seed: of the weights.
    """
    kind = FAMILIES[family]
    write_tokenizer(folder, real_data / VOCABULARY, TEMPLATE.replace("SYSTEM", SYSTEM if kind.system else ""))
    images = Qwen2VLImageProcessorPil(merge_size=2, temporal_patch_size=2, **kind.images)
    images.save_pretrained(folder)
    _amend(folder / "preprocessor_config.json", processor_class=kind.processor)
    config = AutoConfig.for_model(
        family,
        text_config={**TEXT, **kind.text},
        vision_config={**TOWER, **kind.tower},
        tie_word_embeddings=True,
        image_token_id=IMAGE,
        video_token_id=VIDEO,
        vision_start_token_id=VISION_START,
        vision_end_token_id=VISION_END,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = AutoModelForImageTextToText.from_config(config)
    if answers:
        _teach(model, load_processor(folder, family), answers)
    model.to(torch.bfloat16)
    model.generation_config = GenerationConfig(
        bos_token_id=END_OF_TEXT, pad_token_id=END_OF_TEXT, eos_token_id=[END_OF_TURN, END_OF_TEXT], **kind.generation
    )
    model.save_pretrained(folder, safe_serialization=True)
    return folder


def _teach(model: Any, processor: Any, answers: Sequence[str], steps: int = 150) -> None:
    """Has a model learn answers by heart, in a copy whose vocabulary holds their tokens and the question's alone.

    All other tokens count as one that is never right: so many random rows of the head, of which each gives a score of
    variance 1, come to a score of log(rows) + 1/2.
    """
    limit_pixels(processor.image_processor, SEEN * SEEN)
    rng = np.random.default_rng(0)
    question = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    texts, images = [f"{question}{answer}{SPECIAL[2]}" for answer in answers], [_picture(rng) for _ in answers]
    inputs = processor(text=texts, images=images, padding=True, padding_side="right", return_tensors="pt")
    asked = len(processor(text=[question], images=images[:1])["input_ids"][0])
    kept, inputs["input_ids"] = torch.unique(inputs["input_ids"], return_inverse=True)
    small = copy.deepcopy(model.config)
    small.text_config.vocab_size, small.image_token_id = len(kept), int((kept == IMAGE).nonzero())
    pupil = type(model)(small)
    pupil.load_state_dict(
        {name: weight for name, weight in model.state_dict().items() if not _is_head(name)}, strict=False
    )
    optimizer = build_optimizer(pupil, "adamw", 3e-3)
    target = inputs["input_ids"][:, asked:].masked_fill(inputs["attention_mask"][:, asked:] == 0, -100)
    rest = torch.full((*target.shape, 1), math.log(ROWS) + 0.5)
    for _ in range(steps):
        seen = processor.image_processor([_picture(rng) for _ in answers], return_tensors="pt")
        inputs["pixel_values"] = seen["pixel_values"]
        logits = torch.cat([pupil(**inputs).logits[:, asked - 1 : -1], rest], dim=-1)
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten()).backward()
        optimizer.step()
        optimizer.zero_grad()
    learned = pupil.state_dict()
    model.load_state_dict({name: weight for name, weight in learned.items() if not _is_head(name)}, strict=False)
    with torch.no_grad():
        model.get_input_embeddings().weight[kept] = pupil.get_input_embeddings().weight


def _picture(rng: np.random.Generator) -> Image.Image:
    """Anything between one color and noise."""
    side = int(2 ** rng.uniform(0, math.log2(SEEN)))
    field = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(field).resize((SEEN, SEEN), Image.Resampling.BICUBIC)


def _is_head(name: str) -> bool:
    return "embed_tokens" in name or "lm_head" in name


def write_tokenizer(folder: Path, ranks: Path, template: str) -> None:
    """Writes the tokenizer's files: Qwen's own class, its split pattern and normal form C, and the vocabulary given."""
    folder.mkdir(parents=True, exist_ok=True)
    made = _tokenizer(ranks)
    made.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "Qwen2Tokenizer",
        "eos_token": SPECIAL[2],
        "pad_token": SPECIAL[0],
        "bos_token": None,
        "unk_token": None,
        "model_max_length": 131072,
        "clean_up_tokenization_spaces": False,
        "chat_template": template,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


@cache
def _tokenizer(path: Path) -> Tokenizer:
    lines = (line.split() for line in path.read_bytes().splitlines())
    ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
    marks = bytes_to_unicode()

    def spelled(token: bytes) -> str:
        return "".join(marks[byte] for byte in token)

    pieces = [(spelled(left), spelled(right)) for left, right in merges(ranks)]
    form = Qwen2Tokenizer().backend_tokenizer
    tokenizer = Tokenizer(BPE({spelled(token): rank for token, rank in ranks.items()}, pieces))
    tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder = form.normalizer, form.pre_tokenizer, form.decoder
    tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in PLAIN])
    return tokenizer


def merges(ranks: Mapping[bytes, int]) -> Iterator[tuple[bytes, bytes]]:
    """The pair that each token of several bytes was merged from, in the order of ranks: what its bytes come to by the
    merges before it.
    """
    for token, rank in sorted(ranks.items(), key=lambda item: item[1]):
        if len(token) > 1:
            left, right = _merged(token, ranks, rank)
            yield left, right


def _merged(token: bytes, ranks: Mapping[bytes, int], below: int) -> Sequence[bytes]:
    parts = [token[place : place + 1] for place in range(len(token))]
    while len(parts) > 2:
        joined = [ranks.get(left + right, below) for left, right in pairwise(parts)]
        place = min(range(len(joined)), key=joined.__getitem__)
        parts[place : place + 2] = [parts[place] + parts[place + 1]]
    return parts


def _amend(path: Path, **values: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8")) | values
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
