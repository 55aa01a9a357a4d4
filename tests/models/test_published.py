"""The sizes that plans are made with are those that were published."""

import pytest

from mgiqa.models.anatomy import vision_tower
from mgiqa.models.published import parameter_count, published_models, without_weights

COUNTS = {
    # the Hub's count of weights in the safetensors files of each repository
    "Qwen/Qwen2.5-VL-3B-Instruct": 3_754_622_976,
    "Qwen/Qwen2.5-VL-7B-Instruct": 8_292_166_656,
    "Qwen/Qwen3-VL-4B-Instruct": 4_437_815_808,
    "HuggingFaceTB/SmolVLM-256M-Instruct": 256_484_928,
}


def test_the_models_are_those_whose_counts_are_known() -> None:
    assert {name: model.parameters for name, model in published_models().items()} == COUNTS


@pytest.mark.parametrize("name", COUNTS)
def test_the_real_class_at_the_published_sizes_has_the_published_number_of_weights(name: str) -> None:
    known = published_models()[name]
    model = without_weights(known.configuration())
    assert parameter_count(model) == known.parameters
    assert {weight.device.type for weight in model.parameters()} == {"meta"}


def test_the_vision_tower_of_the_largest_has_the_size_that_is_reported_of_it() -> None:
    # 676,550,144 weights in `visual`, as a public training script prints them for Qwen2.5-VL-7B-Instruct
    model = without_weights(published_models()["Qwen/Qwen2.5-VL-7B-Instruct"].configuration())
    assert parameter_count(vision_tower(model)) == 676_550_144


@pytest.mark.parametrize("name", COUNTS)
def test_every_revision_is_a_commit(name: str) -> None:
    assert len(published_models()[name].revision) == 40
    assert int(published_models()[name].revision, 16)
