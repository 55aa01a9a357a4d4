"""Laws of each way to learn: what has to move does, and nothing else."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mgiqa.errors import SettingsError
from mgiqa.models.load import load_model
from mgiqa.settings.training import Train
from mgiqa.training.distributed import join
from mgiqa.training.grpo.checkpoints import latest_checkpoint
from mgiqa.training.grpo.policy import Ranked, build_trainer, learn_to_rank
from tests.training.learner import SETTINGS


@dataclass(frozen=True)
class Learned:
    """What became of a training of one or two steps.

    Attributes:
        ranked: what it returned.
        last: checkpoint of its last step.
        weights: name → weight that learned, after the last step.
    """

    ranked: Ranked
    last: Path
    weights: dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def learn(speaker, training, validation, tmp_path_factory):
    """Learns from ``speaker`` or another model in a given way, once for each."""
    known: dict[str, Learned] = {}

    def learned(model=speaker, **changed):
        key = repr((model, changed))
        if key not in known:
            work = tmp_path_factory.mktemp("work")
            settings = Train(**(SETTINGS.model_dump() | {"steps": 1} | changed))
            ranked = learn_to_rank(
                load_model(model, "cpu"), training, validation, settings, seed=0, work=work, source=model
            )
            last = latest_checkpoint(work)
            known[key] = Learned(ranked, last, load_file(last / "learning.safetensors"))
        return known[key]

    return learned


@pytest.fixture(scope="module")
def start(speaker):
    """Name → weight at the start."""
    return {name: weight.detach() for name, weight in load_model(speaker, "cpu").model.named_parameters()}


def moved(weights, start):
    return {name for name, weight in weights.items() if not torch.equal(weight, start[name])}


def first(learned):
    return learned.ranked.rows[0]


def test_every_weight_learns_and_what_is_kept_is_a_plain_model(learn, start):
    learned = learn()
    assert moved(learned.weights, start) == start.keys()
    assert learned.last.name == "checkpoint-1", "of the last step, though it is no multiple"
    assert set(learned.ranked.validation_scores) == {0, 1}
    assert type(learned.ranked.loaded.model).__name__ == "Qwen2_5_VLForConditionalGeneration"


def test_a_frozen_tower_stays_and_the_rest_learns(learn, start):
    learned = learn(freeze_vision=True)
    language = {name for name in start if ".visual." not in name}
    assert moved(learned.weights, start) == learned.weights.keys() == language
    kept = dict(learned.ranked.loaded.model.named_parameters())
    assert moved(kept, start) <= language


def test_an_adapter_learns_and_changes_nothing_but_the_layers_it_is_for(learn, start):
    learned = learn(lora_rank=2, learning_rate=0.01, averaging=0.0)
    assert all("lora_" in name for name in learned.weights)
    assert all(weight.any() for name, weight in learned.weights.items() if "lora_B" in name)
    kept = dict(learned.ranked.loaded.model.named_parameters())
    assert kept.keys() == start.keys()
    assert all(name.split(".")[-2].endswith("_proj") and ".language_model." in name for name in moved(kept, start))


def test_an_adapter_begins_with_numbers_of_the_seed(speaker, training, tmp_path):
    def beginning(seed, elsewhere):
        torch.manual_seed(elsewhere)
        settings = Train(**(SETTINGS.model_dump() | {"lora_rank": 2}))
        trainer = build_trainer(load_model(speaker, "cpu"), training, settings, seed, tmp_path, join())
        weights = [weight.detach() for name, weight in trainer.model.named_parameters() if "lora_A" in name]
        return torch.cat([weight.flatten() for weight in weights])

    assert torch.equal(beginning(0, 1), beginning(0, 2))
    assert not torch.equal(beginning(0, 1), beginning(3, 1))


def test_a_batch_in_two_parts_or_in_four_gives_the_same_gradient(learn):
    two, four = (first(learn(accumulate=parts)) for parts in (2, 4))
    assert two["reward"] == four["reward"]
    assert two["grad_norm"] == pytest.approx(four["grad_norm"], rel=1e-3)
    assert two["grad_norm"] > 0


def test_of_two_steps_on_one_batch_the_second_draws_no_answers(learn):
    once, twice = learn(iterations=2, steps=2, validate_every=2), learn(steps=2)
    assert first(once)["grad_norm"] == first(twice)["grad_norm"]
    assert "reward" not in once.ranked.rows[1]
    assert "reward" in twice.ranked.rows[1]


def test_the_divergence_pulls_only_where_there_is_one(learn):
    """The first step starts from the reference itself; after it the two are apart."""
    without, held = learn(kl=0.0, steps=2).ranked.rows, learn(kl=5.0, steps=2).ranked.rows
    assert without[0]["grad_norm"] == pytest.approx(held[0]["grad_norm"], rel=1e-6)
    assert without[1]["grad_norm"] != pytest.approx(held[1]["grad_norm"], rel=1e-2)
    assert held[0]["kl"] == 0.0
    assert held[1]["kl"] > 0.0
    assert "kl" not in without[0]


def test_muon_turns_a_hidden_matrix_alike_in_all_directions_and_adamw_does_not(learn, start):
    name = "model.language_model.layers.0.self_attn.q_proj.weight"

    def sizes(learned):
        return np.linalg.svd((learned.weights[name] - start[name]).numpy(), compute_uv=False)

    muon, adamw = sizes(learn(optimizer="muon")), sizes(learn())
    assert muon[0] / muon[4] < 1.2
    assert adamw[0] / adamw[4] > 2


def test_span_credit_rewards_alike_and_teaches_otherwise(learn):
    spans, whole = learn(answers=6, span_credit=True), learn(answers=6)
    assert first(spans)["reward"] == first(whole)["reward"]
    assert first(spans)["grad_norm"] != pytest.approx(first(whole)["grad_norm"], rel=1e-2)


def test_answers_that_cannot_be_read_move_nothing(learn, folder):
    begin = {name: weight.detach() for name, weight in load_model(folder, "cpu").model.named_parameters()}
    assert moved(learn(folder, kl=0.0).weights, begin) == set()


def test_images_that_parts_cannot_share_in_whole_groups_are_refused_in_one_sentence(learn):
    with pytest.raises(SettingsError, match=r"train.images is 8, and 1 processes × 3 parts .* Make it a multiple of 3"):
        learn(accumulate=3)
