"""Real model folders, made in seconds: the small model, with answers learned by heart."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import write_answer
from mgiqa.dialogue.prompt import PROMPT

SIZE, IMAGES = 56, 4
SAID = (1.2, 2.1, 2.8, 3.3, 3.9, 4.6)
"""Scores of the answers that a speaker knows."""


def constant_answer(overall: float, attributes: float) -> str:
    """The strict form, with ``attributes`` for all but ``overall``."""
    scores = dict.fromkeys(KEYS, attributes) | {"overall": overall}
    return write_answer(scores, dict.fromkeys(KEYS, "as learned by heart."))


def write_memorizer(folder: Path, overall: float, attributes: float, steps: int = 60, seed: int = 0) -> None:
    """Writes the folder of a model that gives one ``constant_answer`` to any image, and is to be read pooled.

    Raises:
        RuntimeError: it has not learned the answer in ``steps``.
    """
    from mgiqa.models.load import save_model
    from mgiqa.scoring.generation import Decoding, generate

    answer = constant_answer(overall, attributes)
    loaded, images = _learned([answer] * IMAGES, steps, seed)
    if generate(loaded, images, Decoding()) != [[answer]] * IMAGES:
        raise RuntimeError(f"the answer was not learned in {steps} steps")
    save_model(folder, loaded.model, loaded.processor, {"made by": "tests", "overall": "pooled"})


def write_speaker(folder: Path, steps: int = 60, seed: int = 0) -> None:
    """Writes the folder of a model whose answers can be read and differ, though it does not look at the image.

    What it draws at temperature 1 earns different rewards, so that a training moves its weights.
    """
    from mgiqa.models.load import save_model

    loaded, _ = _learned(
        [write_answer(dict.fromkeys(KEYS, score), dict.fromkeys(KEYS, "fair.")) for score in SAID], steps, seed
    )
    save_model(folder, loaded.model, loaded.processor, {"made by": "tests", "overall": "direct"})


def _learned(answers: Sequence[str], steps: int, seed: int) -> tuple[Any, list[Any]]:
    """The small model after learning one answer to each of as many images of noise; model and images."""
    import torch
    from PIL import Image

    from mgiqa.models.build import PATCH, build_tiny, tiny_config, tiny_processor
    from mgiqa.models.load import LoadedModel
    from mgiqa.models.tokenizer import build_tokenizer

    tokenizer = build_tokenizer([PROMPT.text, *answers] * 2)
    processor = tiny_processor(tokenizer, SIZE)
    rng = np.random.default_rng(seed)
    model = build_tiny(tiny_config(tokenizer, SIZE), rng.random((64, 3, PATCH, PATCH)), seed)
    images = [Image.fromarray(rng.integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8)) for _ in answers]
    question = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    inputs = processor(text=[question + answer for answer in answers], images=images, padding=True, return_tensors="pt")
    start = processor(text=[question], images=images[:1], return_tensors="pt")["input_ids"].shape[1]
    labels = inputs["input_ids"].clone()
    labels[:, :start] = -100
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(steps):
        model(**inputs, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return LoadedModel(model.eval(), processor, {}), images
