"""The update with shared prompts computes as TRL's own path does, at the precision of the settings."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from trl import GRPOConfig

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.load import load_model
from mgiqa.reward.advantage import RECOMMENDED
from mgiqa.training.grpo.policy import _dataset
from mgiqa.training.grpo.reward_function import RewardFunction
from mgiqa.training.grpo.trainer import RankingTrainer

K, ROWS, TOKENS = 2, (0, 1, 13), 6
PRECISIONS = {"bfloat16": torch.bfloat16, "float32": torch.float32}
TOLERANCE = {"bfloat16": 0.05, "float32": 1e-4}
"""Largest difference of a log-probability, in nats: the two add up in different orders."""


@pytest.fixture(scope="module", params=PRECISIONS)
def trainer(request, speaker, training, tmp_path_factory):
    args = GRPOConfig(
        output_dir=str(tmp_path_factory.mktemp("work")),
        bf16=request.param == "bfloat16",
        use_cpu=True,
        max_steps=1,
        num_generations=K,
        per_device_train_batch_size=K * len(ROWS),
        gradient_checkpointing=False,
        beta=0.0,
        report_to="none",
    )
    loaded = load_model(speaker, "cpu")
    made = RankingTrainer(
        model=loaded.model,
        args=args,
        train_dataset=_dataset(training),
        processing_class=loaded.processor,
        reward_function=RewardFunction(training, RECOMMENDED, answers=K),
        batches=[np.array(ROWS)],
        optimizer_name="adamw",
    )
    return SimpleNamespace(trainer=made, name=request.param)


@pytest.fixture(scope="module")
def batch(speaker, training):
    """Inputs of both paths: K answers to each image, of different lengths."""
    processor = load_model(speaker, "cpu").processor
    question = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    images = [training.image(row) for row in ROWS for _ in range(K)]
    prompts = dict(processor(text=[question] * len(images), images=images, return_tensors="pt"))
    answers = torch.from_numpy(np.random.default_rng(0).integers(10, 200, (len(images), TOKENS)))
    mask = (torch.arange(TOKENS)[None] < torch.tensor([6, 3, 5, 6, 1, 4])[:, None]).long()
    return {
        "input_ids": torch.cat([prompts["input_ids"], answers], dim=1),
        "attention_mask": torch.cat([prompts["attention_mask"], mask], dim=1),
        "pixel_values": prompts["pixel_values"],
        "image_grid_thw": prompts["image_grid_thw"],
        "mm_token_type_ids": torch.nn.functional.pad(prompts["mm_token_type_ids"], (0, TOKENS)),
        "num_images": [1] * len(images),
    }, mask.bool()


def computed(trainer, batch, shared):
    """Log-probabilities, their gradient with respect to one matrix, and the dtypes of that matrix's output."""
    trainer.shares, trainer._group = shared, torch.arange(K * len(ROWS)) // K
    layer = trainer.model.model.language_model.layers[0].mlp.down_proj
    seen = []
    hook = layer.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    fields, mask = batch
    log_probs, _, _ = trainer._get_per_token_logps_and_entropies(trainer.model, logits_to_keep=TOKENS, **fields)
    hook.remove()
    (gradient,) = torch.autograd.grad(log_probs[mask].sum(), layer.weight)
    return log_probs[mask].detach(), gradient, set(seen)


def test_shared_prompts_have_the_precision_and_the_values_of_the_trainers_own_path(trainer, batch):
    shared, gradient, dtypes = computed(trainer.trainer, batch, shared=True)
    own, expected, own_dtypes = computed(trainer.trainer, batch, shared=False)
    assert dtypes == own_dtypes == {PRECISIONS[trainer.name]}
    assert shared.dtype == own.dtype == torch.float32
    torch.testing.assert_close(shared, own, atol=TOLERANCE[trainer.name], rtol=0)
    assert torch.nn.functional.cosine_similarity(gradient.flatten(), expected.flatten(), dim=0) > 0.99


def test_answers_are_drawn_at_that_precision_too(trainer, training):
    made, seen = trainer.trainer, []
    made.shares = True
    layer = made.model.model.language_model.layers[0].mlp.down_proj
    hook = layer.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    rows = [made.train_dataset[row] for row in ROWS for _ in range(K)]
    prompts = [
        [
            {**turn, "content": [{"type": "image", "image": row["image"]}, {"type": "text", "text": turn["content"]}]}
            for turn in row["prompt"]
        ]
        for row in rows
    ]
    made.max_completion_length = 2
    ids, images, fields = made._tokenize_prompts(prompts)
    made._generate_single_turn(ids, images, fields, K)
    hook.remove()
    assert set(seen) == {PRECISIONS[trainer.name]}
