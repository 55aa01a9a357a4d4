"""The model that everything starts from: the small one with a pre-trained vision tower, or one that is fetched."""

import os
from collections.abc import Callable
from pathlib import Path

import torch

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import SettingsError, SourceError
from mgiqa.images.loader import ImageLoader
from mgiqa.models.build import PATCH, build_tiny, tiny_config, tiny_processor
from mgiqa.models.load import LoadedModel, load_model
from mgiqa.models.processor import limit_pixels
from mgiqa.models.resizing import resizing_of
from mgiqa.models.tokenizer import build_tokenizer
from mgiqa.settings.model import Base
from mgiqa.training.answers import vocabulary
from mgiqa.training.base.vision_pretraining import pretrain_vision_tower
from mgiqa.training.data import TrainingData

EVERY = 4
"""One image in so many is enough to whiten the first filters on."""
WHITENED = 1024
"""And so many at all."""
_WEIGHTS = ("*.safetensors", "*.json", "*.txt", "*.jinja", "*.model")
"""What is fetched of a repository: never pickled weights, never code."""


def small_model(
    settings: Base,
    data: TrainingData,
    seed: int,
    progress: Callable[[int, float], object],
    *,
    shrunk: Path | None = None,
) -> LoadedModel:
    """Builds the small model and pre-trains its vision tower on the images of the training split.

    Args:
        settings: of the stage.
        data: the training split.
        seed: of the weights and of the order of images.
        progress: called after each step with its number and loss.
        shrunk: folder of images at the size that models look at; see ``mgiqa.images.loader``.
    """
    tiny = settings.tiny
    tokenizer = build_tokenizer(vocabulary(), PROMPT.text)
    processor = tiny_processor(tokenizer, tiny.image_size)
    data = data.through(ImageLoader(resizing_of(processor.image_processor), shrunk))
    images = [data.image(row) for row in range(0, len(data), max(EVERY, len(data) // WHITENED))]
    pixels = processor.image_processor(images=images, return_tensors="pt")["pixel_values"]
    patches = pixels.numpy().reshape(-1, 3, PATCH, PATCH)
    model = build_tiny(tiny_config(tokenizer, tiny.image_size), patches, seed)
    pretrain_vision_tower(
        model,
        processor.image_processor,
        data,
        steps=tiny.vision_steps,
        batch=tiny.vision_batch,
        seed=seed,
        pool=tiny.pool,
        progress=progress,
    )
    origin = {"made by": "base", "model": "tiny", "overall": "direct", "seed": seed, "vision steps": tiny.vision_steps}
    return LoadedModel(model, processor, origin)


def fetched_model(settings: Base, home: Path) -> LoadedModel:
    """Loads a local folder, or fetches a pinned revision from the Hub: safetensors only, no code.

    Args:
        settings: of the stage.
        home: what a relative folder starts from.

    Raises:
        SettingsError: a Hub id without a revision.
        SourceError: it cannot be fetched; offline, for example.
    """
    folder = home / settings.model
    if not folder.is_dir():
        folder = _fetched(settings)
    loaded = load_model(folder, "cpu")
    loaded.model.to(getattr(torch, settings.dtype))
    limit_pixels(loaded.processor.image_processor, settings.max_pixels)
    return LoadedModel(
        loaded.model,
        loaded.processor,
        {
            "made by": "base",
            "model": settings.model,
            "revision": settings.revision,
            "overall": "direct",
            "dtype": settings.dtype,
        },
    )


def _fetched(settings: Base) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    if not settings.revision:
        raise SettingsError(
            f"base.model is {settings.model}, which is no folder, and base.revision is empty",
            remedy="Name the commit of that Hub repository, so that the same settings always give the same weights.",
        )
    try:
        return Path(snapshot_download(settings.model, revision=settings.revision, allow_patterns=list(_WEIGHTS)))
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError, OSError) as error:
        state = "HF_HUB_OFFLINE is 1" if os.environ.get("HF_HUB_OFFLINE") == "1" else str(error).splitlines()[0]
        raise SourceError(
            f"{settings.model} at {settings.revision} is not on this machine and cannot be fetched: {state}",
            remedy="Allow the network once: HF_HUB_OFFLINE=0 dvc repro base",
        ) from error
