"""The model of the settings at its real sizes, on the meta device, and whether the settings fit it."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.doctor.fault import Fault
from mgiqa.doctor.memory import Sizes
from mgiqa.models.anatomy import LANGUAGE, VISION, vision_tower
from mgiqa.models.build import MERGE, PATCH, tiny_config
from mgiqa.models.processor import FEWEST_PIXELS
from mgiqa.models.published import parameter_count, published_models, without_weights
from mgiqa.models.tokenizer import build_tokenizer
from mgiqa.settings import Settings
from mgiqa.settings.model import Base
from mgiqa.training.adapters import LORA_TARGETS
from mgiqa.training.answers import vocabulary

CHARACTERS = 3.5
"""Characters of English text to a token of a published tokenizer, about."""
GUIDE_RATE = 1e-4
"""Learning rate under which full fine-tuning in bfloat16 loses most updates to rounding."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A model without weights.

    Attributes:
        model: on the meta device.
        sizes: of it, for images as the settings limit them.
        side: pixels that an image's sides are multiples of.
    """

    model: Any
    sizes: Sizes
    side: int

    def targets(self) -> dict[str, nn.Linear]:
        """Name → linear layer that an adapter goes to."""
        return {name: part for name, part in self.model.named_modules() if re.fullmatch(LORA_TARGETS, name)}

    def adapter(self, rank: int) -> int:
        """Weights of an adapter of that rank; 0 for none."""
        return sum(rank * (part.in_features + part.out_features) for part in self.targets().values())


def configuration_of(base: Base) -> Any | None:
    """The configuration of the settings' model: built in, published, in a folder, or fetched before; None if unknown.

    No network is used.
    """
    from transformers import AutoConfig

    if base.model == "tiny":
        return tiny_config(build_tokenizer(vocabulary(), PROMPT.text), base.tiny.image_size)
    if base.model in published_models():
        return published_models()[base.model].configuration()
    revision = {} if Path(base.model).is_dir() else {"revision": base.revision or None}
    try:
        return AutoConfig.from_pretrained(base.model, local_files_only=True, trust_remote_code=False, **revision)
    except (OSError, ValueError):
        return None


def subject_of(base: Base, configuration: Any) -> Subject:
    """Builds the model on the meta device and measures it; its architecture must be known."""
    model = without_weights(configuration)
    language, sight = configuration.text_config, configuration.vision_config
    side, patches, tokens = _image(base, configuration)
    head = getattr(language, "head_dim", None) or language.hidden_size // language.num_attention_heads
    sizes = Sizes(
        parameters=parameter_count(model),
        vision=parameter_count(vision_tower(model)),
        layers=language.num_hidden_layers,
        hidden=language.hidden_size,
        inner=language.intermediate_size,
        vocabulary=language.vocab_size,
        query=language.num_attention_heads * head,
        key=language.num_key_value_heads * head,
        vision_layers=getattr(sight, "depth", None) or sight.num_hidden_layers,
        vision_hidden=sight.hidden_size,
        vision_inner=sight.intermediate_size,
        patches=patches,
        image_tokens=tokens,
        question=1 if base.model == "tiny" else math.ceil(len(PROMPT.text) / CHARACTERS),
        positions=language.max_position_embeddings,
    )
    return Subject(model, sizes, side)


def _image(base: Base, configuration: Any) -> tuple[int, int, int]:
    """Side that images are multiples of; patches and tokens of the largest."""
    sight = configuration.vision_config
    if configuration.model_type == "idefics3":
        across = math.isqrt(base.max_pixels) // sight.image_size
        tiles = across * across + 1 if across > 1 else 1  # and the whole, in small
        patches = (sight.image_size // sight.patch_size) ** 2
        return sight.image_size, tiles * patches, tiles * patches // configuration.scale_factor**2
    side = sight.patch_size * sight.spatial_merge_size
    pixels = base.tiny.image_size**2 if base.model == "tiny" else base.max_pixels
    tokens = pixels // side**2
    return side, tokens * sight.spatial_merge_size**2, tokens


def source_faults(base: Base) -> Iterator[Fault]:
    """Whether it is said, once and for all, which weights are meant."""
    if base.model == "tiny" or Path(base.model).is_dir():
        return
    if not re.fullmatch(r"[0-9a-f]{40}", base.revision):
        yield Fault(
            "settings",
            f"base.revision is {base.revision!r}, and {base.model} on the Hub can change under any name but a commit",
            "Set base.revision to the 40 digits of a commit.",
        )
    known = published_models().get(base.model)
    if known and base.revision != known.revision:
        yield Fault(
            "model",
            f"the sizes of {base.model} were read at {known.revision[:8]}, not at {base.revision[:8] or 'no revision'}",
            f"Set base.revision to {known.revision}, or take the figures with care.",
            stops=False,
        )


def architecture_faults(base: Base, configuration: Any | None) -> Iterator[Fault]:
    """Whether there is a model to look at, and one that can be trained here."""
    if configuration is None:
        yield Fault(
            "model",
            f"nothing is known here of {base.model}, so its layers and memory are not checked",
            "Fetch it once (HF_HUB_OFFLINE=0 dvc repro base), or add its sizes to mgiqa/models/published.yaml.",
            stops=False,
        )
    elif configuration.model_type not in VISION or configuration.model_type not in LANGUAGE:
        yield Fault(
            "model",
            f"{base.model} is of type {configuration.model_type!r}, whose parts are not known",
            f"Choose a model of type {', '.join(VISION)}.",
        )


def model_faults(settings: Settings, subject: Subject) -> Iterator[Fault]:
    """Where the settings do not fit the model."""
    yield from _image_faults(settings, subject)
    yield from _learning_faults(settings, subject)
    known = published_models().get(settings.base.model)
    if known and subject.sizes.parameters != known.parameters:
        yield Fault(
            "model",
            f"{known.name} has {subject.sizes.parameters:,} weights here, and {known.parameters:,} as published",
            "Install the release of transformers that requirements.lock names.",
        )
    length = subject.sizes.length(settings.train.max_tokens)
    if length > subject.sizes.positions:
        yield Fault(
            "model",
            f"question, image and answer take {length} tokens, and the model was made for {subject.sizes.positions}",
            "Lower base.max_pixels or train.max_tokens.",
        )


def _image_faults(settings: Settings, subject: Subject) -> Iterator[Fault]:
    base, side = settings.base, subject.side
    if base.model == "tiny":
        if base.tiny.image_size % (PATCH * MERGE):
            yield Fault(
                "settings",
                f"base.tiny.image_size is {base.tiny.image_size}, no multiple of {PATCH * MERGE} (patch × merge)",
                f"Set it to {max(1, round(base.tiny.image_size / (PATCH * MERGE))) * PATCH * MERGE}.",
            )
        return
    if base.max_pixels < FEWEST_PIXELS:
        yield Fault(
            "settings",
            f"base.max_pixels is {base.max_pixels}, under the {FEWEST_PIXELS} that smaller images are enlarged to",
            f"Raise it to {FEWEST_PIXELS} at least.",
        )
    sample = any(source.source == "sample" for source in settings.ingest.datasets.values())
    if settings.train.vllm != "none" and sample and settings.sample.size % side:
        yield Fault(
            "settings",
            f"vLLM gets images as they are, and sample.size is {settings.sample.size}, no multiple of {side} "
            "(patch × merge), so that it would count other tokens than the trainer",
            f"Set sample.size to a multiple of {side}, and resize images of your own likewise.",
        )


def _learning_faults(settings: Settings, subject: Subject) -> Iterator[Fault]:
    for name in ("warmup", "train"):
        section = getattr(settings, name)
        if section.steps == 0:
            continue
        if section.lora_rank and not subject.targets():
            yield Fault(
                "model",
                f"{name}.lora_rank is {section.lora_rank}, and no layer of {settings.base.model} has the name that "
                "adapters look for",
                "Add its names to TARGETS in mgiqa/training/adapters.py, or set the rank to 0.",
            )
        if not section.lora_rank and settings.base.dtype == "bfloat16" and section.learning_rate < GUIDE_RATE:
            yield Fault(
                "settings",
                f"{name} changes weights in bfloat16 at a rate of {section.learning_rate:g}, and rounding loses most "
                "of such steps",
                "Set base.dtype to float32 (products are in bfloat16 on a GPU all the same), or train an adapter.",
                stops=False,
            )
