"""Model folders: self-contained, without code, loadable by transformers' own classes, and held to what they list."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from logging import LogRecord, getLogger
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from safetensors import SafetensorError
from transformers import AutoModelForImageTextToText, GenerationConfig

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import DataError, few
from mgiqa.models.card import CARD, model_card
from mgiqa.models.digest import SUMS, model_files, verify_model, write_sums
from mgiqa.models.origin import REMEDY, check_folder, read_origin, write_origin
from mgiqa.models.processor import STANDARD, load_processor, save_processor

UNLOADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
    SafetensorError,
    TemplateError,
)
"""What the libraries raise on files that are not as they must be."""


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to answer.

    Attributes:
        model: a transformers image-text model, in evaluation mode.
        processor: images and text → its inputs.
        origin: content of ``model.json``; empty for a folder that MG-IQA did not write.
        wrapped: what is called in the model's place while it learns, since that gathers weights that are shared out.
    """

    model: Any
    processor: Any
    origin: Mapping[str, Any]
    wrapped: Any = None


def load_model(folder: Path, device: str | None = None) -> LoadedModel:
    """Loads a model folder; no network, no remote code, safetensors only, every weight from the file.

    Args:
        folder: one that ``save_model`` wrote, or a download from the Hub.
        device: such as ``cpu`` or ``cuda:1``; the first GPU if there is one, else the CPU, by default.

    Raises:
        MissingInput: there is no model in the folder.
        IntegrityError: a file is not what the folder's ``SHA256SUMS`` says; a download from the Hub has none.
        DataError: it is there, but cannot be loaded, its weights are not those that its configuration names, or its
            chat template does not show the image.
    """
    check_folder(folder)
    if (folder / SUMS).is_file():
        verify_model(folder)
    try:
        with _without_noise():
            model, keys = AutoModelForImageTextToText.from_pretrained(
                folder,
                dtype="auto",
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # they are refused below, by name
            )
        processor = load_processor(folder, model.config.model_type)
        question = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    except UNLOADABLE as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{folder} cannot be loaded: {reason}", remedy=REMEDY) from error
    if getattr(processor, "image_token", "") not in question:
        raise DataError(f"the chat template in {folder} does not show the image to the model", remedy=REMEDY)
    if fault := _fault(keys):
        raise DataError(f"the weights in {folder} are not those of its config.json: {fault}", remedy=REMEDY)
    model.to(device or ("cuda" if torch.cuda.is_available() else "cpu")).eval()
    return LoadedModel(model, processor, read_origin(folder))


def save_model(folder: Path, model: Any, processor: Any, origin: Mapping[str, Any]) -> None:
    """Writes a self-contained model folder: weights, configuration, processor, ``model.json`` with ``origin``, a
    README.md that tells how plain transformers asks the model, and ``SHA256SUMS``, which lists them all. It decodes
    plainly then, as ``Scorer`` does.
    """
    kind, decoding = model.config.model_type, model.generation_config
    model.config.name_or_path = ""
    model.generation_config = GenerationConfig(eos_token_id=decoding.eos_token_id, pad_token_id=decoding.pad_token_id)
    model.save_pretrained(folder, safe_serialization=True)
    save_processor(folder, processor, kind)
    write_origin(folder, origin)
    (folder / CARD).write_text(model_card(origin, needs_torchvision=kind in STANDARD), encoding="utf-8")
    write_sums(folder, model_files(folder))


def _fault(keys: Mapping[str, Any]) -> str:
    """What is wrong with the tensors that were found; empty where they are the model's own, no more and no less."""
    others = {name: f"is {tuple(shape)} and must be {tuple(must)}" for name, shape, must in keys["mismatched_keys"]}
    missing = dict.fromkeys(keys["missing_keys"], "is missing")
    faults = missing | dict.fromkeys(keys["unexpected_keys"], "is left over") | others
    return few([f"{name} {fault}" for name, fault in sorted(faults.items())])


@contextmanager
def _without_noise() -> Iterator[None]:
    """Keeps the progress bars of transformers away from a program that only wants scores, unless it asks for them, and
    its table of wrong weights from one that is told of them in a sentence.
    """
    from transformers.utils import logging

    report, bars = getLogger("transformers.modeling_utils"), _shows_bars()
    report.addFilter(_nothing)  # and not by its level, which decides whether other things are checked and told
    if bars:
        logging.disable_progress_bar()
    try:
        yield
    finally:
        report.removeFilter(_nothing)
        if bars:
            logging.enable_progress_bar()


def _shows_bars() -> bool:
    from transformers.utils import logging

    return logging.is_progress_bar_enabled() and "HF_HUB_DISABLE_PROGRESS_BARS" not in os.environ


def _nothing(record: LogRecord) -> bool:
    return False
