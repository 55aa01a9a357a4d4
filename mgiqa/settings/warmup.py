"""Supervised fine-tuning to the form of the answer."""

from typing import Literal

from pydantic import Field

from mgiqa.attributes import Chosen
from mgiqa.settings.section import Section


class Warmup(Section):
    """TRL's SFT on answers written from the labels of the training split."""

    steps: int = Field(200, ge=0)
    batch: int = Field(32, ge=1)
    """Images per step."""
    accumulate: int = Field(1, ge=1)
    """Parts that a step's images are processed in, one after the other, to fit into memory."""
    attributes: Chosen = "all"
    """What is taught; with ``overall`` the other scores of an answer repeat it, since nobody says what they are."""
    optimizer: Literal["muon", "adamw"] = "muon"
    """Muon learns faster from scratch; AdamW is the rule for pretrained models and adapters."""
    learning_rate: float = Field(4e-3, gt=0)
    freeze_vision: bool = True
    """Leaves the vision tower as it is."""
    lora_rank: int = Field(0, ge=0)
    """Rank of the adapter; 0 trains all weights."""
    min_parsed: float = Field(0.95, ge=0, le=1)
    """Share of answers to validation images that must be readable; reinforcement learning needs scores to compare."""
