"""A small Qwen2.5-VL: the real architecture from its configuration class, with about 1.2 million weights."""

import math
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from mgiqa.models.filters import cosine_filters, whitened
from mgiqa.models.processor import ImageTextProcessor
from mgiqa.models.tokenizer import IM_END, IMAGE, PAD, VIDEO, VISION_END, VISION_START

PATCH, MERGE = 14, 2
VISION_WIDTH, VISION_LAYERS = 96, 3
TEXT_WIDTH, TEXT_LAYERS = 128, 3
RECTIFIER_GAIN = 3.0


def tiny_config(tokenizer: PreTrainedTokenizerFast, image_size: int) -> Qwen2_5_VLConfig:
    """The configuration: initial weights of about 1/sqrt(width), since with 0.02 so small a model ignores images."""
    token = tokenizer.convert_tokens_to_ids
    return Qwen2_5_VLConfig(
        vision_config={
            "depth": VISION_LAYERS,
            "hidden_size": VISION_WIDTH,
            "num_heads": 4,
            "intermediate_size": 2 * VISION_WIDTH,
            "out_hidden_size": TEXT_WIDTH,
            "patch_size": PATCH,
            "spatial_merge_size": MERGE,
            "temporal_patch_size": 1,
            "window_size": image_size,
            "fullatt_block_indexes": list(range(VISION_LAYERS)),
            "initializer_range": 1 / math.sqrt(VISION_WIDTH),
        },
        text_config={
            "hidden_size": TEXT_WIDTH,
            "num_hidden_layers": TEXT_LAYERS,
            "num_attention_heads": 4,
            "num_key_value_heads": 1,
            "intermediate_size": 3 * TEXT_WIDTH,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 2048,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [4, 6, 6]},
            "initializer_range": 1 / math.sqrt(TEXT_WIDTH),
            "tie_word_embeddings": True,
            "pad_token_id": token(PAD),
            "bos_token_id": None,
            "eos_token_id": token(IM_END),
        },
        image_token_id=token(IMAGE),
        video_token_id=token(VIDEO),
        vision_start_token_id=token(VISION_START),
        vision_end_token_id=token(VISION_END),
        tie_word_embeddings=True,
    )


def tiny_processor(tokenizer: PreTrainedTokenizerFast, image_size: int) -> ImageTextProcessor:
    """Resizes every image to about ``image_size``² pixels, keeping its aspect, in multiples of 28."""
    area = image_size * image_size
    images = Qwen2VLImageProcessorPil(
        size={"shortest_edge": area, "longest_edge": area},
        patch_size=PATCH,
        merge_size=MERGE,
        temporal_patch_size=1,
    )
    return ImageTextProcessor(images, tokenizer, chat_template=tokenizer.chat_template)


def build_tiny(config: Qwen2_5_VLConfig, patches: np.ndarray, seed: int) -> Qwen2_5_VLForConditionalGeneration:
    """The model with initial weights from ``seed``, made to see the energy of each frequency before any training.

    The first filters are a cosine basis whitened on ``patches``. The branches of the vision layers start silent (their
    last matrices are zero). The merger, which joins four patches into a token, starts by rectifying every filter's
    response: its positive part in the first patch, its negative part in the second, and what exceeds one in the other
    two. So the mean over tokens begins as a coarse histogram of each frequency, which tells blur from grain.

    Args:
        config: see ``tiny_config``.
        patches: (n, 3, patch, patch) as the processor gives them.
        seed: of all initial weights.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Qwen2_5_VLForConditionalGeneration(config)
        _see_energies(model.model.visual, patches)
    model.generation_config.eos_token_id = config.text_config.eos_token_id
    model.generation_config.pad_token_id = config.text_config.pad_token_id
    return model


@torch.no_grad()
def _see_energies(tower: Any, patches: np.ndarray) -> None:
    kernel = tower.patch_embed.proj.weight
    filters = whitened(cosine_filters(kernel.shape[-1], len(kernel)), patches.astype(np.float64))
    kernel.copy_(torch.from_numpy(filters)[:, :, None])
    for block in tower.blocks:
        for last in (block.attn.proj, block.mlp.down_proj):
            last.weight.zero_()
            last.bias.zero_()
    rectify = tower.merger.mlp[0]
    same = torch.eye(len(kernel)) * RECTIFIER_GAIN
    rectify.weight.copy_(torch.block_diag(same, -same, same, -same))
    rectify.bias.copy_(-RECTIFIER_GAIN * torch.tensor([0.0, 0.0, 1.0, 1.0]).repeat_interleave(len(kernel)))
