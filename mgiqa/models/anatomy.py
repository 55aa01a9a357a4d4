"""The parts of a vision-language model, by the names that each architecture of transformers gives them."""

from typing import Any

from torch import nn

from mgiqa.errors import SettingsError

VISION = {"qwen2_vl": "visual", "qwen2_5_vl": "visual", "qwen3_vl": "visual", "idefics3": "vision_model"}
"""Model type → name of the tower inside ``model.model``; Idefics3's connector is no part of it, Qwen's merger is."""

LANGUAGE = {"qwen2_vl": "language_model", "qwen2_5_vl": "language_model", "qwen3_vl": "language_model",
            "idefics3": "text_model"}  # fmt: skip
"""Model type → name of the language part inside ``model.model``."""


def vision_tower(model: Any) -> nn.Module:
    """The part that looks: pixels → visual tokens.

    Raises:
        SettingsError: the architecture is none that MG-IQA knows.
    """
    return _part(model, VISION)


def language_part(model: Any) -> nn.Module:
    """The part that reads and writes, without the head.

    Raises:
        SettingsError: the architecture is none that MG-IQA knows.
    """
    return _part(model, LANGUAGE)


def _part(model: Any, names: dict[str, str]) -> nn.Module:
    kind = model.config.model_type
    if kind not in names:
        raise SettingsError(
            f"a model of type {kind!r} is none whose parts are known",
            remedy=f"Choose a base of type {', '.join(names)}, or add its parts to mgiqa/models/anatomy.py.",
        )
    part: nn.Module = getattr(model.model, names[kind])
    return part
