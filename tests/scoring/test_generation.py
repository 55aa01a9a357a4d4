"""Laws of writing answers."""

import numpy as np
import pytest
import torch

from mgiqa.dialogue.answer import STOP
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.loading import LoadedModel, load_model
from mgiqa.scoring.generation import Decoding, generate
from tests.toy_model import save_toy_model, toy_images

GREEDY = Decoding(max_tokens=12)
DRAWN = Decoding(answers=3, temperature=1.0, seed=5, max_tokens=12)
IMAGES = toy_images(11)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_model(save_toy_model(tmp_path_factory.mktemp("toy")), "cpu")


@pytest.fixture(scope="module")
def greedy(loaded: LoadedModel) -> list[list[str]]:
    return generate(loaded, IMAGES, GREEDY)


@pytest.fixture(scope="module")
def drawn(loaded: LoadedModel) -> list[list[str]]:
    return generate(loaded, IMAGES, DRAWN)


def question(loaded: LoadedModel) -> str:
    return loaded.processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_the_batch_size_does_not_change_an_answer(loaded, greedy, drawn, batch):
    assert generate(loaded, IMAGES, GREEDY, batch=batch) == greedy
    assert generate(loaded, IMAGES, DRAWN, batch=batch) == drawn


def test_the_order_of_the_images_does_not_change_an_answer(loaded, drawn):
    order = np.random.default_rng(1).permutation(len(IMAGES)).tolist()
    assert generate(loaded, [IMAGES[index] for index in order], DRAWN) == [drawn[index] for index in order]


def test_more_answers_begin_with_the_same_answers(loaded, drawn):
    one = generate(loaded, IMAGES[:3], Decoding(1, 1.0, 5, 12))
    assert [answers[:1] for answers in drawn[:3]] == one


def test_another_seed_draws_other_answers(loaded, drawn):
    assert generate(loaded, IMAGES[:3], Decoding(3, 1.0, 6, 12)) != drawn[:3]


def test_the_answers_to_one_image_differ(drawn):
    assert all(len(set(answers)) > 1 for answers in drawn)


def test_different_images_get_different_answers(greedy):
    assert len({text for (text,) in greedy}) > 1


def test_greedy_answers_are_those_of_plain_generation(loaded, greedy):
    chat = question(loaded)
    for image, (text,) in zip(IMAGES[:3], greedy, strict=False):
        inputs = loaded.processor(text=[chat], images=[image], return_tensors="pt")
        ids = loaded.model.generate(**inputs, max_new_tokens=GREEDY.max_tokens, do_sample=False)
        written = loaded.processor.tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :])
        assert written.startswith(text)
        assert text


def test_a_very_low_temperature_draws_the_likeliest_answer(loaded, greedy):
    assert generate(loaded, IMAGES[:3], Decoding(1, 1e-6, 0, 12)) == greedy[:3]


def test_draws_follow_the_probabilities_of_the_model(loaded):
    answers = 400
    image = IMAGES[:1]
    (texts,) = generate(loaded, image, Decoding(answers, 1.0, 0, 1), batch=answers)
    inputs = loaded.processor(text=[question(loaded)], images=image, return_tensors="pt")
    with torch.inference_mode():
        shares = loaded.model(**inputs).logits[0, -1].double().softmax(-1)
    decode = loaded.processor.tokenizer.decode
    likeliest = decode([int(shares.argmax())])
    share = sum(share for token, share in enumerate(shares.tolist()) if decode([token]) == likeliest)
    found = np.mean([text == likeliest for text in texts])
    assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / answers) + 1e-9


def test_no_answer_goes_on_after_its_end(loaded, greedy):
    endless = Decoding(answers=8, temperature=3.0, seed=0, max_tokens=60)
    texts = [text for answers in generate(loaded, IMAGES[:4], endless) for text in answers]
    assert all(text.count(STOP) <= 1 for text in texts)
    assert all(text.endswith(STOP) for text in texts if STOP in text)


def test_a_model_in_training_stays_in_training(loaded):
    loaded.model.train()
    try:
        generate(loaded, IMAGES[:1], GREEDY)
        assert loaded.model.training
    finally:
        loaded.model.eval()


def test_progress_counts_every_image_once(loaded):
    seen: list[int] = []
    generate(loaded, IMAGES[:5], Decoding(max_tokens=2), batch=2, advance=seen.append)
    assert sum(seen) == 5


def test_no_images_give_no_answers(loaded):
    assert generate(loaded, []) == []


def test_several_answers_at_temperature_zero_are_refused():
    with pytest.raises(ValueError, match="the same"):
        Decoding(answers=2)
