"""A model of the real architecture with random weights: it looks and writes, but nothing that can be read."""

from pathlib import Path

import numpy as np
from PIL import Image

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.build import PATCH, build_tiny, tiny_config, tiny_processor
from mgiqa.models.load import save_model
from mgiqa.models.tokenizer import build_tokenizer

SIZE = 84


def save_toy_model(folder: Path, seed: int = 0) -> Path:
    """Writes a model folder."""
    rng = np.random.default_rng(seed)
    tokenizer = build_tokenizer([PROMPT.text, PROMPT.text, "<think>\n</think>\n<answer>{1.00}</answer>"])
    model = build_tiny(tiny_config(tokenizer, SIZE), rng.random((64, 3, PATCH, PATCH)), seed)
    save_model(folder, model, tiny_processor(tokenizer, SIZE), {"overall": "direct"})
    return folder


def toy_images(count: int, seed: int = 0) -> list[Image.Image]:
    """Different images of two shapes."""
    rng = np.random.default_rng(seed)
    shapes = [(SIZE, SIZE, 3) if index % 3 else (SIZE // 2, SIZE * 2, 3) for index in range(count)]
    return [Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)) for shape in shapes]
