"""The estimate against sums that were done by hand, and laws that it must follow."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mgiqa.doctor.memory import CONTEXT, GIB, Need, Sizes, train_need, warmup_need
from mgiqa.doctor.room import free_memory, model_need, room_fault
from mgiqa.settings import Settings, check_settings

SIZES = Sizes(
    parameters=1000,
    vision=200,
    layers=4,
    hidden=10,
    inner=30,
    vocabulary=50,
    query=10,
    key=5,
    vision_layers=2,
    vision_hidden=8,
    vision_inner=16,
    patches=12,
    image_tokens=3,
    question=7,
    positions=100,
)
TRAIN = {
    "images": 4,
    "answers": 2,
    "least": 2,
    "max_tokens": 20,
    "averaging": 0.5,
    "kl": 0.1,
    "accumulate": 2,
    "gradient_checkpointing": True,
    "validate_answers": 4,
    "freeze_vision": False,
}


def settings(dtype: str = "float32", launch: dict[str, Any] | None = None, **train: Any) -> Settings:
    values = {**TRAIN, **train}
    return check_settings({"base": {"dtype": dtype}, "train": values, "launch": launch or {}})


def test_states_of_full_training_in_float32() -> None:
    need = train_need(settings(), SIZES, 0)
    # 1000 weights of 4 bytes; AdamW keeps two moments of each; autocast keeps a bfloat16 copy of 2 bytes
    assert (need.weights, need.gradients, need.optimizer) == (4000, 4000, 8000)
    assert (need.average, need.reference, need.casts) == (4000, 4000, 2000)


def test_what_is_frozen_has_no_gradient_and_no_moments() -> None:
    need = train_need(settings(freeze_vision=True), SIZES, 0)
    assert (need.weights, need.gradients, need.optimizer, need.average) == (4000, 3200, 6400, 3200)


def test_an_adapter_of_a_half_precision_model_is_in_float32_and_needs_no_reference() -> None:
    need = train_need(settings("bfloat16", lora_rank=1), SIZES, 60)
    # 1000 frozen weights of 2 bytes and 60 learning ones of 4
    assert (need.weights, need.gradients, need.optimizer) == (2240, 240, 480)
    assert (need.reference, need.casts) == (0, 0)


WORKING = 2 * (6 * 10 + 3 * 10 + 3 * 5 + 4 * 30)
"""Bytes of a layer's values for a token."""
SEEN = 2 * (10 * 8 + 4 * 16)
"""The same for a patch."""


def test_a_rollout_holds_a_cache_for_every_answer_and_the_prompts_of_all_images() -> None:
    need = train_need(settings(), SIZES, 0)
    # 8 answers to 4 prompts of 7 + 3 tokens; 4 layers keep keys and values of width 5 in 2 bytes; the prompts' are
    # there once more while they are copied for every answer
    cache = 4 * 2 * 5 * 2 * (4 * 10 + 8 * (10 + 20))
    assert need.rollout == cache + 4 * (10 * WORKING + 12 * SEEN)
    many_words = replace(SIZES, vocabulary=10_000)
    assert train_need(settings(), many_words, 0).rollout == cache + 8 * 10_000 * 12
    answers = 4 * 2 * 5 * 2 * (64 * 10 + 64 * 4 * (10 + 20))
    assert need.validation == answers + 64 * (10 * WORKING + 12 * SEEN)


def test_an_update_holds_a_prompt_once_for_its_answers_and_a_tile_of_the_head() -> None:
    need = train_need(settings(), SIZES, 0)
    # 2 images at a time, in rows of 9 + 2 * 20 tokens; every layer keeps 2 * 10 bytes of a token and one is run again;
    # of 12 patches each of 2 layers keeps 2 * 8. Keys and values of width 10 for 2 * 2 answers of 30 tokens. A tile of
    # 80 tokens and 50 words, with its gradient, and what goes into the head and comes out of it.
    language = 2 * 49 * (4 * 20 + WORKING) + 2 * 2 * 10 * 2 * 2 * 30
    head = 80 * 50 * 4 * 2 + 80 * 10 * 6
    assert need.update == language + 2 * 12 * (2 * 16 + SEEN) + head
    assert need.total == 4000 * 4 + 8000 + 2000 + max(need.update, need.rollout, need.validation) + CONTEXT


def test_without_gradient_checkpointing_nothing_is_recomputed() -> None:
    need = train_need(settings(accumulate=1, gradient_checkpointing=False), SIZES, 0)
    language = 4 * 49 * 4 * WORKING + 4 * 2 * 2 * 10 * 4 * 2 * 30
    assert need.update == language + 4 * 12 * 3 * SEEN + 160 * 50 * 4 * 2 + 160 * 10 * 6


def test_no_more_than_a_tile_of_scores_is_ever_held() -> None:
    small, large = (
        train_need(settings(images=1000, max_tokens=200), replace(SIZES, vocabulary=words), 0).update
        for words in (8192, 200_000)
    )
    assert small == large


def test_the_warmup_learns_an_answer_to_each_image() -> None:
    plan = check_settings({"warmup": {"batch": 2, "optimizer": "adamw", "freeze_vision": True}, "train": TRAIN})
    need = warmup_need(plan, SIZES, 0)
    language = 2 * 29 * 4 * WORKING + 4 * 2 * 2 * 10 * 2 * 30
    assert need.update == language + 2 * 12 * SEEN + 40 * 50 * 4 * 2 + 40 * 10 * 6
    assert (need.reference, need.average, need.rollout) == (0, 0, 0)


def test_sharding_over_twice_the_processes_halves_the_states() -> None:
    two, four = (
        train_need(settings(launch={"engine": "fsdp", "processes": count}, images=8), SIZES, 0) for count in (2, 4)
    )
    for part in ("weights", "gradients", "optimizer", "average", "reference"):
        assert getattr(two, part) == 2 * getattr(four, part)


def test_copies_of_the_model_share_the_answers_but_not_the_states() -> None:
    one = train_need(settings(), SIZES, 0)
    two = train_need(settings(launch={"engine": "ddp", "processes": 2}), SIZES, 0)
    assert (two.weights, two.optimizer) == (one.weights, one.optimizer)
    assert two.rollout == one.rollout / 2
    assert two.update == one.update / 2
    assert two.validation == one.validation


@pytest.mark.parametrize("bigger", ["layers", "hidden", "inner", "image_tokens", "question", "vocabulary"])
def test_a_larger_model_or_a_longer_sequence_never_needs_less(bigger: str) -> None:
    before = train_need(settings(), SIZES, 0)
    after = train_need(settings(), replace(SIZES, **{bigger: 2 * getattr(SIZES, bigger)}), 0)
    assert after.total >= before.total
    assert after.total + after.rollout + after.update > before.total + before.rollout + before.update


NEED = Need(10 * GIB, 0, 0, 0, 0, 0, rollout=4 * GIB, update=1 * GIB, validation=2 * GIB)


def test_a_rollout_that_finds_no_room_is_told_with_what_makes_it_smaller() -> None:
    assert room_fault(NEED, 15.6 * GIB, "card", on_gpu=True) is None  # 10 of weights, 4 and 1.5 for CUDA itself
    lack = room_fault(NEED, 15.4 * GIB, "card", on_gpu=True)
    assert lack is not None
    assert str(lack) == (
        "train needs about 15.5 GiB, most of it beside the weights for the rollout, and 15.4 GiB are free on card. "
        "Lower train.images or train.answers, or end other programs."
    )
    assert not lack.stops


def test_a_cpu_computes_in_single_precision_and_has_no_context() -> None:
    assert room_fault(NEED, 18.1 * GIB, "this machine", on_gpu=False) is None
    assert "about 18.0 GiB" in str(room_fault(NEED, 17.9 * GIB, "this machine", on_gpu=False))
    update = replace(NEED, update=9 * GIB)
    assert "for the update" in str(room_fault(update, GIB, "card", on_gpu=True))


def test_what_is_free_and_what_a_folder_needs_are_known_before_it_is_loaded(memorizer: Path) -> None:
    free, place, _ = free_memory()
    assert free > 0
    assert place
    need = model_need(check_settings({}), memorizer)
    assert 1e6 < need.weights < 1e8
