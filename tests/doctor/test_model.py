from typing import Any

import pytest

from mgiqa.doctor.fault import Fault
from mgiqa.doctor.model import architecture_faults, configuration_of, model_faults, source_faults, subject_of
from mgiqa.models.published import published_models
from mgiqa.settings import check_settings
from mgiqa.settings.model import Base

QWEN = "Qwen/Qwen2.5-VL-7B-Instruct"
SMOL = "HuggingFaceTB/SmolVLM-256M-Instruct"


def subject(name: str, **base: Any):
    settings = Base(model=name, revision=published_models()[name].revision, **base)
    return subject_of(settings, configuration_of(settings))


def faults(base: dict[str, Any], **sections: Any) -> list[Fault]:
    settings = check_settings({"base": base, **sections})
    return list(model_faults(settings, subject_of(settings.base, configuration_of(settings.base))))


def test_an_adapter_of_the_published_size_has_as_many_weights_as_its_matrices() -> None:
    # rank × (in + out) of the seven matrices of each of 28 layers: q and o are 3584 × 3584, k and v 3584 × 512, the
    # other three 3584 × 18944
    matrices = 2 * (3584 + 3584) + 2 * (3584 + 512) + 3 * (3584 + 18944)
    assert subject(QWEN).adapter(64) == 64 * 28 * matrices


@pytest.mark.parametrize("name", published_models())
def test_adapters_find_seven_layers_in_every_layer_of_the_language_part_and_none_in_the_tower(name: str) -> None:
    found = subject(name)
    assert len(found.targets()) == 7 * found.sizes.layers
    assert not [target for target in found.targets() if "vis" in target.split(".")[1]]


def test_tokens_of_an_image_follow_from_pixels_patches_and_merging() -> None:
    # 512 × 384 pixels in squares of 28 are 18.3 × 13.7: at most 250 of them
    assert subject(QWEN, max_pixels=196_608).sizes.image_tokens == 250
    assert subject("Qwen/Qwen3-VL-4B-Instruct", max_pixels=196_608).sizes.image_tokens == 192  # squares of 32
    # 512 / 16 = 32 patches a side, of which 4 × 4 become a token: 64 a tile
    assert subject(SMOL, max_pixels=196_608).sizes.image_tokens == 64
    assert subject(SMOL, max_pixels=1024 * 1024).sizes.image_tokens == 5 * 64  # four tiles and the whole


def test_a_model_without_the_names_that_adapters_look_for_is_a_fault() -> None:
    settings = check_settings({"train": {"lora_rank": 8}})
    found = subject_of(settings.base, configuration_of(settings.base))
    assert list(model_faults(settings, found)) == []
    for _, part in found.model.named_modules():
        for name in ("self_attn", "mlp"):
            if name in part._modules:
                del part._modules[name]
    assert ["adapters look for" in fault.what for fault in model_faults(settings, found)] == [True]


def test_a_sequence_that_is_too_long_for_the_model_is_a_fault() -> None:
    base = {"model": SMOL, "revision": published_models()[SMOL].revision, "max_pixels": 4096 * 4096}
    (fault,) = faults(base, train={"max_tokens": 4096})
    assert "the model was made for 8192" in fault.what


def test_images_that_vllm_would_count_otherwise_are_a_fault() -> None:
    base = {"model": QWEN, "revision": published_models()[QWEN].revision}
    assert faults(base, train={"vllm": "colocate"}, sample={"size": 112}) == []
    (fault,) = faults(base, train={"vllm": "colocate"}, sample={"size": 113})
    assert "sample.size is 113, no multiple of 28" in fault.what


def test_a_pixel_budget_under_the_least_is_a_fault() -> None:
    base = {"model": QWEN, "revision": published_models()[QWEN].revision, "max_pixels": 1024}
    assert ["base.max_pixels is 1024" in fault.what for fault in faults(base)] == [True]


def test_small_steps_in_half_precision_are_a_warning() -> None:
    base = {"model": QWEN, "revision": published_models()[QWEN].revision, "dtype": "bfloat16"}
    (fault,) = faults(base, train={"learning_rate": 1e-6}, warmup={"steps": 0})
    assert "rounding loses most" in fault.what
    assert not fault.stops
    assert faults(base, train={"learning_rate": 1e-6, "lora_rank": 8}, warmup={"steps": 0}) == []


@pytest.mark.parametrize("revision", ["", "main", "cc59489"])
def test_a_model_of_the_hub_needs_a_commit(revision: str) -> None:
    assert [fault.stops for fault in source_faults(Base(model=QWEN, revision=revision))] == [True, False]


def test_a_model_of_which_nothing_is_known_is_a_warning_and_a_foreign_architecture_a_fault() -> None:
    unknown = Base(model="somebody/something", revision="0" * 40)
    (fault,) = architecture_faults(unknown, configuration_of(unknown))
    assert "nothing is known here of somebody/something" in fault.what
    assert not fault.stops
    from transformers import AutoConfig

    (fault,) = architecture_faults(unknown, AutoConfig.for_model("llava"))
    assert "'llava', whose parts are not known" in fault.what
    assert fault.stops
