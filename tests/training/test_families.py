"""Every architecture that a preset names goes through warm-up and reinforcement learning, not the default one alone."""

import pytest
import torch

from mgiqa.models.anatomy import language_part, vision_tower
from mgiqa.models.load import LoadedModel, load_model, save_model
from mgiqa.models.processor import limit_pixels
from mgiqa.scoring.generation import Decoding, generate
from mgiqa.settings.training import Train, Warmup
from mgiqa.training.grpo.policy import learn_to_rank
from mgiqa.training.sft.fine_tune import fine_tune
from tests.training.families import FAMILIES

RANKING = {"steps": 1, "images": 8, "answers": 2, "least": 4, "validate_every": 1, "max_tokens": 16}


@pytest.fixture(params=FAMILIES)
def loaded(request, tmp_path):
    """The model as it comes back from its folder."""
    torch.manual_seed(0)
    model, processor = FAMILIES[request.param]()
    limit_pixels(processor.image_processor, 64 * 64)
    save_model(tmp_path / "model", model, processor, {"overall": "direct"})
    return load_model(tmp_path / "model", "cpu")


def weights(part):
    return {name: weight.detach().clone() for name, weight in part.named_parameters()}


def moved(part, before):
    return {name for name, weight in part.named_parameters() if not torch.equal(weight, before[name])}


def test_answers_do_not_depend_on_the_batch(loaded, training):
    images = [training.image(row) for row in (0, 1, 15)]
    decoding = Decoding(answers=2, temperature=1.0, max_tokens=4)
    alone = [generate(loaded, [image], decoding)[0] for image in images]
    assert generate(loaded, images, decoding) == alone
    assert len({text for texts in alone for text in texts}) > 1


def test_an_adapter_moves_the_language_part_and_leaves_the_tower(loaded, training, tmp_path):
    tower, language = weights(vision_tower(loaded.model)), weights(language_part(loaded.model))
    taught = fine_tune(
        loaded, training, Warmup(steps=1, batch=4, lora_rank=2, learning_rate=0.1), seed=0, work=tmp_path / "work"
    ).model
    assert moved(vision_tower(taught), tower) == set()
    names = moved(language_part(taught), language)
    layers = {f"layers.{layer}" for layer in range(2)}
    assert {name.rsplit(".", 3)[0] for name in names} == layers
    assert {name.split(".")[-2] for name in names} == {
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"
    }  # fmt: skip


def test_it_learns_to_rank_with_its_tower_frozen(loaded, training, validation, tmp_path):
    before = weights(vision_tower(loaded.model))
    ranked = learn_to_rank(
        loaded,
        training,
        validation,
        Train(**RANKING, freeze_vision=True, learning_rate=1e-2),
        seed=0,
        work=tmp_path / "work",
        source=tmp_path / "model",
    )
    assert set(ranked.validation_scores) == {0, 1}
    assert moved(vision_tower(ranked.loaded.model), before) == set()
    assert isinstance(ranked.loaded, LoadedModel)
