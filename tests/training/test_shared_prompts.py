import numpy as np
import pytest
import torch

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.training.grpo.shared_prompts import answer_log_probs

TEMPERATURE = 0.7


@pytest.fixture(scope="module", params=["equal", "mixed"])
def case(request, build, processor, training):
    """Two images with three and two answers: of one size, or of two, so that prompts are padded."""
    images = [training.image(0), training.image(1)]
    if request.param == "mixed":
        images[1] = images[1].resize((84, 28))
    question = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    prompts = dict(processor(text=[question] * 2, images=images, padding=True, return_tensors="pt"))
    rng = np.random.default_rng(0)
    answers = torch.from_numpy(rng.integers(10, 200, (5, 6)))
    lengths = torch.tensor([6, 3, 5, 6, 1])
    group = torch.tensor([0, 1, 0, 0, 1])
    mask = (torch.arange(6)[None] < lengths[:, None]).long()
    attention = torch.cat([prompts["attention_mask"][group], mask], dim=1)
    model = build().eval()
    return model, prompts, images, question, answers, attention, mask, group


def alone(model, processor, image, question, answer):
    """Log-probabilities of one answer by a plain forward pass."""
    inputs = dict(processor(text=[question], images=[image], return_tensors="pt"))
    length = inputs["input_ids"].shape[1]
    inputs["input_ids"] = torch.cat([inputs["input_ids"], answer[None]], dim=1)
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    inputs["mm_token_type_ids"] = torch.nn.functional.pad(inputs["mm_token_type_ids"], (0, len(answer)))
    logits = model(**inputs).logits[:, length - 1 : -1] / TEMPERATURE
    return logits.log_softmax(-1)[0].gather(-1, answer[:, None]).squeeze(-1)


def test_a_shared_prompt_gives_what_every_answer_alone_gives(case, processor):
    model, prompts, images, question, answers, attention, mask, group = case
    with torch.no_grad():
        found, _ = answer_log_probs(model, prompts, answers, attention, group, TEMPERATURE)
        for row in range(len(answers)):
            length = int(mask[row].sum())
            expected = alone(model, processor, images[group[row]], question, answers[row, :length])
            torch.testing.assert_close(found[row, :length], expected, atol=2e-4, rtol=1e-4)


def test_gradients_reach_the_image_through_the_shared_prompt(case, processor):
    model, prompts, images, question, answers, attention, mask, group = case
    weight = model.model.visual.merger.mlp[2].weight
    found, _ = answer_log_probs(model, prompts, answers, attention, group, TEMPERATURE)
    (shared,) = torch.autograd.grad((found * mask).sum(), weight)
    total = sum(
        alone(model, processor, images[group[row]], question, answers[row, : int(mask[row].sum())]).sum()
        for row in range(len(answers))
    )
    (expected,) = torch.autograd.grad(total, weight)
    torch.testing.assert_close(shared, expected, atol=2e-3 * float(expected.abs().max()), rtol=1e-3)


def test_entropy_is_that_of_the_choice(case):
    model, prompts, _, _, answers, attention, _, group = case
    with torch.no_grad():
        _, entropy = answer_log_probs(model, prompts, answers, attention, group, TEMPERATURE)
    assert (entropy >= 0).all()
    assert (entropy <= np.log(model.config.text_config.vocab_size) + 1e-5).all()


def test_gradients_repeat_to_the_last_bit_whatever_threads_do(case):
    model, prompts, _, _, answers, attention, _, group = case
    many = 200

    def gradients():
        model.zero_grad()
        found, _ = answer_log_probs(
            model, prompts, answers.repeat(many, 1), attention.repeat(many, 1), group.repeat(many), TEMPERATURE
        )
        found.square().mean().backward()
        return torch.cat([weight.grad.flatten() for weight in model.parameters() if weight.grad is not None])

    threads = torch.get_num_threads()
    torch.set_num_threads(max(2, threads))
    try:
        first = gradients()
        assert all(torch.equal(first, gradients()) for _ in range(12))
    finally:
        torch.set_num_threads(threads)
