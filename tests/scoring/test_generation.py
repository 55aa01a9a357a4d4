"""Laws of writing answers."""

import weakref

import numpy as np
import pytest
import torch
from PIL import Image

from mgiqa.dialogue.answer import STOP
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.load import LoadedModel, load_model
from mgiqa.scoring import generation, sampling
from mgiqa.scoring.generation import Decoding, generate
from mgiqa.scoring.sampling import closed
from tests.memorizer import write_speaker
from tests.toy_model import SIZE, save_toy_model, toy_images

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


def logits(loaded: LoadedModel, images: list, batch: int, threads: int) -> torch.Tensor:
    """What every token of the answers was chosen from, shape (images, tokens, vocabulary), to the last bit."""
    seen: list[torch.Tensor] = []
    before, decoding = torch.get_num_threads(), Decoding(max_tokens=4)
    hook = loaded.model.lm_head.register_forward_hook(lambda module, given, made: seen.append(made[:, -1]))
    torch.set_num_threads(threads)
    try:
        generate(loaded, images, decoding, batch=batch)
    finally:
        torch.set_num_threads(before)
        hook.remove()
    together = min(batch, len(images))
    calls = decoding.max_tokens + 1  # the first one runs the prompt, and no token is chosen from it
    assert len(seen) == calls * -(-len(images) // together), "an answer ended early, or there was another call"
    parts = [torch.stack(seen[start + 1 : start + calls], dim=1) for start in range(0, len(seen), calls)]
    return torch.cat([part[:together] for part in parts])[: len(images)]


@pytest.mark.parametrize("small", [sampling.SMALL, 0], ids=["small", "large"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("batch", [1, 3, 7])
def test_no_bit_depends_on_the_batch_or_on_the_number_of_threads(loaded, monkeypatch, batch, threads, small):
    monkeypatch.setattr(sampling, "SMALL", small)
    images = [image for image in IMAGES if image.size == (SIZE, SIZE)][:7]
    assert torch.equal(logits(loaded, images, batch, threads), logits(loaded, images, len(images), 1))


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


@pytest.mark.parametrize("rest", ["", " and", "\n"])
@pytest.mark.parametrize("pieces", [["</answer>"], ["</ans", "wer>"], list("</answer>")])
def test_an_answer_ends_with_the_token_that_completes_its_end_tag_however_it_is_cut(pieces, rest):
    class Words:
        """A tokenizer whose words are given: id → word."""

        words = ("no", *pieces[:-1], pieces[-1] + rest)

        def convert_ids_to_tokens(self, number):
            return self.words[number]

        def decode(self, ids):
            return "".join(self.words[number] for number in ids)

    whole = [0, 0, *range(1, len(pieces) + 1)]
    ends = [closed(Words(), whole[:end]) for end in range(1, len(whole) + 1)]
    assert ends == [False] * (len(whole) - 1) + [True]


def test_an_end_tag_is_completed_once(loaded):
    ids = loaded.processor.tokenizer(STOP + "1>")["input_ids"]
    assert not closed(loaded.processor.tokenizer, ids[:-1])


def test_no_answer_goes_on_after_its_end(loaded, greedy):
    endless = Decoding(answers=8, temperature=3.0, seed=0, max_tokens=60)
    texts = [text for answers in generate(loaded, IMAGES[:4], endless) for text in answers]
    assert all(text.count(STOP) <= 1 for text in texts)
    assert all(text.endswith(STOP) for text in texts if STOP in text)


def test_the_number_of_threads_is_left_as_it_was(loaded):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        generate(loaded, IMAGES[:1], Decoding(max_tokens=2))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_model_in_training_stays_in_training(loaded):
    loaded.model.train()
    try:
        generate(loaded, IMAGES[:1], GREEDY)
        assert loaded.model.training
    finally:
        loaded.model.eval()


def test_progress_counts_every_image_once(loaded):
    seen: list[int] = []
    generate(loaded, IMAGES[:5], Decoding(max_tokens=2), batch=2, progress=seen.append)
    assert sum(seen) == 5


def test_what_is_held_of_images_does_not_grow_with_their_number(loaded, monkeypatch):
    """They come in many shapes, so that those of a batch lie far apart."""
    monkeypatch.setattr(generation, "WAITING", 12 * 3 * SIZE**2)
    monkeypatch.setattr(generation, "ENCODED", 4 * generation._PER_PIXEL * SIZE**2)
    refs: list[weakref.ref[Image.Image]] = []
    rng = np.random.default_rng(0)
    most = 0

    def images():
        nonlocal most
        for _ in range(120):
            width = 28 * int(rng.integers(1, 10))
            image = Image.new("RGB", (width, SIZE**2 // width))
            refs.append(weakref.ref(image))
            most = max(most, sum(ref() is not None for ref in refs))
            yield image

    assert len(generate(loaded, images(), Decoding(max_tokens=1), batch=8)) == 120
    assert most <= 12 + 3 * 4


def test_no_images_give_no_answers(loaded):
    assert generate(loaded, []) == []


def test_several_answers_at_temperature_zero_are_refused():
    with pytest.raises(ValueError, match="the same"):
        Decoding(answers=2)


def test_a_draw_is_the_token_in_whose_share_its_number_falls():
    """Against sums in double precision over a vocabulary of several blocks, with tokens that have no share at all."""
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 3, (400, 2500))
    scores[:, :7] = scores[:, 1024:1030] = scores[:, -5:] = -np.inf
    numbers = np.concatenate([[0, 0.5, np.nextafter(1, 0)], rng.random(397)])
    shares = np.exp((scores - scores.max(1, keepdims=True)) / 0.7)
    bounds = shares.cumsum(1) / shares.sum(1, keepdims=True)
    tokens = sampling._drawn(torch.from_numpy(scores), torch.from_numpy(numbers), 0.7)[:, 0].numpy()
    assert (np.take_along_axis(shares, tokens[:, None], 1) > 0).all()
    expected = (bounds <= numbers[:, None]).sum(1)
    assert (tokens[2:] == np.minimum(expected, 2494)[2:]).all()
    assert (tokens[:2] == expected[:2]).all()


def test_no_answer_holds_a_token_that_stands_for_an_image_or_that_the_tokenizer_lacks(loaded):
    image = loaded.model.config.image_token_id
    hook = loaded.model.lm_head.register_forward_hook(lambda module, given, made: made.index_fill(-1, at, 1e4))
    at = torch.tensor([image])
    try:
        for decoding in (GREEDY, DRAWN):
            texts = generate(loaded, IMAGES[:2], decoding)
            assert "image_pad" not in "".join(text for answers in texts for text in answers)
    finally:
        hook.remove()
    assert set(sampling._never(loaded.model, 500)) >= {image, 500, loaded.model.config.get_text_config().vocab_size - 1}


def test_answers_that_have_ended_are_dropped_and_the_others_go_on_as_they_would(tmp_path):
    write_speaker(tmp_path)
    loaded, decoding = load_model(tmp_path, "cpu"), Decoding(6, 1.0, 0, 40)
    images = toy_images(4)
    alone = [generate(loaded, [image], decoding)[0] for image in images]
    rows = []
    hook = loaded.model.lm_head.register_forward_hook(lambda module, given, made: rows.append(len(made)))
    together = generate(loaded, images, decoding, batch=32)
    hook.remove()
    assert together == alone
    assert len({len(text) for texts in together for text in texts}) > 2
    assert len(set(rows)) > 2
