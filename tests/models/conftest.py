"""A small model with random weights, and noise to look at."""

import numpy as np
import pytest
from PIL import Image

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.build import build_tiny, tiny_config, tiny_processor
from mgiqa.models.load import save_model
from mgiqa.models.tokenizer import build_tokenizer
from mgiqa.training.answers import vocabulary

SIDE = 56


@pytest.fixture(scope="session")
def noise():
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)) for _ in range(4)]


@pytest.fixture(scope="session")
def processor():
    return tiny_processor(build_tokenizer(vocabulary(), PROMPT.text), SIDE)


@pytest.fixture(scope="session")
def build(processor):
    patches = np.random.default_rng(0).normal(size=(200, 3, 14, 14))
    return lambda seed: build_tiny(tiny_config(processor.tokenizer, SIDE), patches, seed)


@pytest.fixture(scope="session")
def folder(tmp_path_factory, build, processor):
    path = tmp_path_factory.mktemp("model")
    save_model(path, build(0), processor, {"made by": "a test", "overall": "direct"})
    return path


@pytest.fixture(scope="session")
def asked(processor, noise):
    """The inputs of the question about each image."""
    text = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    return dict(processor(text=[text] * len(noise), images=noise, return_tensors="pt"))
