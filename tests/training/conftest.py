"""Two small datasets whose quality is how much noise was left out, and a small model to teach."""

import numpy as np
import pytest
from PIL import Image

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.build import build_tiny, tiny_config, tiny_processor
from mgiqa.models.load import save_model
from mgiqa.models.tokenizer import build_tokenizer
from mgiqa.training.answers import vocabulary
from mgiqa.training.data import TrainingData
from tests.memorizer import write_speaker

SIDE = 56
NAMES = ("one", "two")


def make_material(folder, count, seed):
    """``count`` images per dataset; both label ``overall``, only the first labels ``noise``."""
    rng = np.random.default_rng(seed)
    paths, labels = [], []
    for number in range(count * len(NAMES)):
        grain = rng.uniform(0, 1)
        pixels = 128 + 60 * np.sin(np.arange(SIDE) / 6)[None, :, None] + 90 * grain * rng.normal(size=(SIDE, SIDE, 3))
        paths.append(folder / f"{seed}-{number}.png")
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(paths[-1])
        labels.append([np.nan, np.nan, 5 - 4 * grain if number < count else np.nan, np.nan, 5 - 4 * grain])
    dataset = np.repeat(NAMES, count)
    names = np.array([path.stem for path in paths])
    table = np.array(labels)
    labelled = np.isfinite(table)
    return TrainingData(paths, names, dataset, dataset, names, table, np.where(labelled, 0.4, np.nan), labelled)


@pytest.fixture(scope="session")
def training(tmp_path_factory):
    return make_material(tmp_path_factory.mktemp("train"), 12, 0)


@pytest.fixture(scope="session")
def validation(tmp_path_factory):
    return make_material(tmp_path_factory.mktemp("val"), 6, 1)


@pytest.fixture(scope="session")
def speaker(tmp_path_factory):
    """The folder of a model whose answers can be read and differ, so that a training moves its weights."""
    path = tmp_path_factory.mktemp("speaker")
    write_speaker(path)
    return path


@pytest.fixture(scope="session")
def processor():
    return tiny_processor(build_tokenizer(vocabulary(), PROMPT.text), SIDE)


@pytest.fixture(scope="session")
def build(processor):
    patches = np.random.default_rng(0).normal(size=(200, 3, 14, 14))
    return lambda seed=0: build_tiny(tiny_config(processor.tokenizer, SIDE), patches, seed)


@pytest.fixture(scope="session")
def folder(tmp_path_factory, build, processor):
    path = tmp_path_factory.mktemp("model")
    save_model(path, build(), processor, {"overall": "direct"})
    return path
