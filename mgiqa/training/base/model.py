"""The model that everything starts from: the small one, built and taught to see, or one from the Hub or a folder."""

import os
from collections.abc import Callable
from pathlib import Path

import torch

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import SettingsError, SourceError
from mgiqa.models.build import PATCH, build_tiny, tiny_config, tiny_processor
from mgiqa.models.load import LoadedModel, load_model
from mgiqa.models.processor import limit_pixels
from mgiqa.models.tokenizer import build_tokenizer
from mgiqa.settings.model import Base
from mgiqa.training.answers import vocabulary
from mgiqa.training.base.vision_pretraining import learn_to_see
from mgiqa.training.data import Material

EVERY = 4
"""One image in so many is enough to whiten the first filters on."""
WEIGHTS = ("*.safetensors", "*.json", "*.txt", "*.jinja", "*.model")
"""What is fetched of a repository: never pickled weights, never code."""


def small_model(settings: Base, material: Material, seed: int, advance: Callable[[int, float], object]) -> LoadedModel:
    """Builds the small model and teaches it to see the images of the training split."""
    own = settings.tiny
    tokenizer = build_tokenizer(vocabulary(), PROMPT.text)
    processor = tiny_processor(tokenizer, own.image_size)
    images = [material.image(row) for row in range(0, len(material), EVERY)]
    pixels = processor.image_processor(images=images, return_tensors="pt")["pixel_values"]
    patches = pixels.numpy().reshape(-1, 3, PATCH, PATCH)
    model = build_tiny(tiny_config(tokenizer, own.image_size), patches, seed)
    learn_to_see(
        model,
        processor.image_processor,
        material,
        steps=own.perception_steps,
        batch=own.perception_batch,
        seed=seed,
        pool=own.pool,
        advance=advance,
    )
    origin = {"made by": "base", "model": "tiny", "seed": seed, "perception steps": own.perception_steps}
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
        {"made by": "base", "model": settings.model, "revision": settings.revision, "dtype": settings.dtype},
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
        return Path(snapshot_download(settings.model, revision=settings.revision, allow_patterns=list(WEIGHTS)))
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError, OSError) as error:
        state = "HF_HUB_OFFLINE is 1" if os.environ.get("HF_HUB_OFFLINE") == "1" else str(error).splitlines()[0]
        raise SourceError(
            f"{settings.model} at {settings.revision} is not on this machine and cannot be fetched: {state}",
            remedy="Allow the network once: HF_HUB_OFFLINE=0 dvc repro base",
        ) from error
