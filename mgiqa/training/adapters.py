"""LoRA adapters by peft: small trainable matrices beside frozen weights."""

from typing import Any

from peft import LoraConfig, PeftModel

TARGETS = r".*(language_model|text_model).*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
"""Every linear layer of the language part; the vision tower stays as it is."""


def lora(rank: int) -> LoraConfig | None:
    """The adapter of ``rank``, scaled as is usual by alpha = 2 × rank; none for rank 0."""
    if rank == 0:
        return None
    return LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=TARGETS, task_type="CAUSAL_LM")


def merged(model: Any) -> Any:
    """The model with its adapter, if it has one, added into the weights."""
    return model.merge_and_unload() if isinstance(model, PeftModel) else model
