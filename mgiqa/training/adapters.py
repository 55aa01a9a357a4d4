"""LoRA adapters by peft: small trainable matrices beside frozen weights."""

from typing import Any

from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForImageTextToText

from mgiqa.training.distributed import gather_full, is_shared_out, named_weights

LORA_TARGETS = r".*(language_model|text_model).*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
"""Every linear layer of the language part; the vision tower stays as it is."""


def lora(rank: int) -> LoraConfig | None:
    """The adapter of ``rank``, scaled as is usual by alpha = 2 × rank; none for rank 0."""
    if rank == 0:
        return None
    return LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=LORA_TARGETS, task_type="CAUSAL_LM")


def merged_adapter(model: Any) -> Any:
    """The model in one piece, with its adapter, if it has one, added into the weights.

    Where processes hold a part of the weights each, all must call it; the first gets the whole model, on the CPU, and
    the others get back what they have.
    """
    if is_shared_out(model):
        model = _in_one_piece(model)
    return model.merge_and_unload() if isinstance(model, PeftModel) else model


def _in_one_piece(model: Any) -> Any:
    weights = gather_full(named_weights(model))
    bare = model.get_base_model() if isinstance(model, PeftModel) else model
    if weights is None:
        return bare
    copy = AutoModelForImageTextToText.from_config(bare.config, dtype=bare.dtype)
    copy.generation_config = bare.generation_config
    if isinstance(model, PeftModel):
        copy = get_peft_model(copy, model.peft_config[model.active_adapter])
    copy.load_state_dict(weights, strict=False)  # weights that are tied, and buffers, come with the configuration
    return copy
