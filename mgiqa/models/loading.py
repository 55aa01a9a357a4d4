"""Model folders: self-contained, without code, loadable by transformers' own classes."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mgiqa.errors import DataError, MissingInput
from mgiqa.models.origin import read_origin, write_origin
from mgiqa.models.processor import ImageTextProcessor

IMAGE_ONLY = frozenset({"qwen2_vl", "qwen2_5_vl", "qwen3_vl"})
"""Model types whose own processor demands torchvision for videos that are never judged."""


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to answer.

    Attributes:
        model: a transformers image-text model, in evaluation mode.
        processor: images and text → its inputs.
        origin: content of ``model.json``; empty for a folder that MG-IQA did not write.
    """

    model: Any
    processor: Any
    origin: Mapping[str, Any]


def load_model(folder: Path, device: str | None = None) -> LoadedModel:
    """Loads a model folder; no network, no remote code, safetensors only.

    Args:
        folder: one that ``save_model`` wrote, or a download from the Hub.
        device: such as ``cpu`` or ``cuda:1``; the first GPU if there is one, else the CPU, by default.

    Raises:
        MissingInput: there is no model in the folder.
        DataError: it is there, but cannot be loaded.
    """
    from transformers import AutoModelForImageTextToText

    if not (folder / "config.json").is_file():
        raise MissingInput(f"{folder} holds no model", remedy="Name a folder with config.json and its weights.")
    try:
        with _without_bars():
            model = AutoModelForImageTextToText.from_pretrained(
                folder, dtype="auto", use_safetensors=True, local_files_only=True, trust_remote_code=False
            )
        processor = load_processor(folder, model.config.model_type)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{folder} cannot be loaded: {reason}", remedy="Make it again, or fetch it again.") from error
    model.to(device or ("cuda" if torch.cuda.is_available() else "cpu")).eval()
    return LoadedModel(model, processor, read_origin(folder))


def load_processor(folder: Path, model_type: str) -> Any:
    """The processor of a model folder; without its video part where that would need torchvision."""
    from transformers import AutoProcessor

    if model_type in IMAGE_ONLY:
        processor = ImageTextProcessor.from_pretrained(folder, local_files_only=True)
    else:
        processor = AutoProcessor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    processor.tokenizer.padding_side = "left"
    return processor


def save_model(folder: Path, model: Any, processor: Any, origin: Mapping[str, Any]) -> None:
    """Writes a self-contained model folder: weights, configuration, processor, and ``model.json`` with ``origin``."""
    model.config.name_or_path = ""
    model.save_pretrained(folder, safe_serialization=True)
    processor.save_pretrained(folder)
    write_origin(folder, origin)


@contextmanager
def _without_bars() -> Iterator[None]:
    """Keeps the progress bars of transformers away from a program that only wants scores, unless it asks for them."""
    from transformers.utils import logging

    if "HF_HUB_DISABLE_PROGRESS_BARS" in os.environ or not logging.is_progress_bar_enabled():
        yield
        return
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.enable_progress_bar()
