"""Small models of the architectures of the presets, from their real configuration and processor classes."""

from collections.abc import Callable
from typing import Any

from transformers import AutoConfig, AutoModelForImageTextToText, Idefics3Processor
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.processor import ImageTextProcessor
from mgiqa.models.tokenizer import IMAGE, VIDEO, VISION_END, VISION_START, build_tokenizer
from mgiqa.training.answers import vocabulary

TEXT = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2}  # fmt: skip


def qwen3_vl() -> tuple[Any, Any]:
    """Model and processor; patches of 16 pixels, two by two merged."""
    tokenizer = build_tokenizer(vocabulary(), PROMPT.text)
    token = tokenizer.convert_tokens_to_ids
    config = AutoConfig.for_model(
        "qwen3_vl",
        text_config={
            **TEXT,
            "head_dim": 16,
            "vocab_size": len(tokenizer),
            "tie_word_embeddings": True,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [3, 3, 2]},
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": 64,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0],
        },
        tie_word_embeddings=True,
        image_token_id=token(IMAGE),
        video_token_id=token(VIDEO),
        vision_start_token_id=token(VISION_START),
        vision_end_token_id=token(VISION_END),
    )
    images = Qwen2VLImageProcessorPil(patch_size=16, merge_size=2)
    return _model(config, tokenizer), ImageTextProcessor(images, tokenizer, chat_template=tokenizer.chat_template)


def idefics3() -> tuple[Any, Any]:
    """Model and processor of SmolVLM's kind; tiles of 64 pixels, four tokens each."""
    tokenizer = build_tokenizer(vocabulary(), PROMPT.text)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>", "<global-img>"]})
    template = tokenizer.chat_template.replace(f"{VISION_START}{IMAGE}{VISION_END}", "<image>")
    images = Idefics3ImageProcessorPil(size={"longest_edge": 128}, max_image_size={"longest_edge": 64})
    processor = Idefics3Processor(images, tokenizer, image_seq_len=4, chat_template=template)
    config = AutoConfig.for_model(
        "idefics3",
        text_config={**TEXT, "model_type": "llama", "vocab_size": len(tokenizer)},
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 64,
            "patch_size": 16,
        },
        scale_factor=2,
        image_token_id=processor.image_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return _model(config, tokenizer), processor


FAMILIES: dict[str, Callable[[], tuple[Any, Any]]] = {"qwen3_vl": qwen3_vl, "idefics3": idefics3}


def _model(config: Any, tokenizer: Any) -> Any:
    model = AutoModelForImageTextToText.from_config(config)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model
