"""A real model folder, made in seconds: the small model, with one answer learned by heart."""

from pathlib import Path

import numpy as np

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import write_answer
from mgiqa.dialogue.prompt import PROMPT

SIZE, IMAGES = 56, 4


def constant_answer(overall: float, attributes: float) -> str:
    """The strict form, with ``attributes`` for all but ``overall``."""
    scores = dict.fromkeys(KEYS, attributes) | {"overall": overall}
    return write_answer(scores, dict.fromkeys(KEYS, "as learned by heart."))


def write_memorizer(folder: Path, overall: float, attributes: float, steps: int = 60, seed: int = 0) -> None:
    """Writes the folder of a model that gives one ``constant_answer`` to any image, and is to be read jointly.

    Raises:
        RuntimeError: it has not learned the answer in ``steps``.
    """
    import torch
    from PIL import Image

    from mgiqa.models.loading import LoadedModel, save_model
    from mgiqa.models.tiny import PATCH, build_tiny, tiny_config, tiny_processor
    from mgiqa.models.tokenizer import build_tokenizer
    from mgiqa.scoring.generation import Decoding, generate

    answer = constant_answer(overall, attributes)
    tokenizer = build_tokenizer([PROMPT.text, answer] * 2)
    processor = tiny_processor(tokenizer, SIZE)
    rng = np.random.default_rng(seed)
    model = build_tiny(tiny_config(tokenizer, SIZE), rng.random((64, 3, PATCH, PATCH)), seed)
    images = [Image.fromarray(rng.integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8)) for _ in range(IMAGES)]
    question = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    inputs = processor(text=[question + answer] * IMAGES, images=images, return_tensors="pt")
    start = processor(text=[question], images=images[:1], return_tensors="pt")["input_ids"].shape[1]
    labels = inputs["input_ids"].clone()
    labels[:, :start] = -100
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(steps):
        model(**inputs, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    if generate(LoadedModel(model, processor, {}), images, Decoding()) != [[answer]] * IMAGES:
        raise RuntimeError(f"the answer was not learned in {steps} steps")
    save_model(folder, model.eval(), processor, {"made by": "tests", "whole": "joined"})
