import numpy as np
import pytest
import torch

from mgiqa.dialogue.answer import read_answer
from mgiqa.models.load import LoadedModel
from mgiqa.training.sft.examples import IGNORED, SFTCollator
from mgiqa.training.sft.own_answers import Taught

EXAMPLES = [{"example": 0, "draw": 0}, {"example": 20, "draw": 1}, {"example": 3, "draw": 2}]


@pytest.fixture(scope="module")
def loaded(build, processor):
    return LoadedModel(build().eval(), processor, {})


@pytest.fixture(scope="module")
def collator(loaded, training):
    return SFTCollator(loaded, training, [Taught(row) for row in range(len(training))], 0)


def test_only_the_answer_is_learned_and_it_ends(processor, collator):
    batch, tokenizer = collator(EXAMPLES), processor.tokenizer
    for ids, labels in zip(batch["input_ids"], batch["labels"], strict=True):
        text = tokenizer.decode(ids[: int((labels != IGNORED).nonzero().max()) + 1])
        _, _, answer = text.partition("<|im_start|>assistant\n")
        assert answer.endswith(tokenizer.eos_token)
        assert read_answer(answer.removesuffix(tokenizer.eos_token)).strict
        learned = labels[labels != IGNORED]
        assert learned[-1] == tokenizer.eos_token_id
        assert set(tokenizer.decode(learned)) <= set(answer)


def test_a_missing_label_is_not_learned(processor, collator):
    tokenizer = processor.tokenizer
    labelled, missing = (collator([{"example": row, "draw": 0}])["labels"] for row in (0, 20))
    noise = [token for token in (labelled[0] != IGNORED).nonzero().flatten().tolist()]
    without = [token for token in (missing[0] != IGNORED).nonzero().flatten().tolist()]
    assert len(noise) == len(without) + 4
    assert "Noise:" in tokenizer.decode(labelled[labelled != IGNORED])
    assert "Noise:" not in tokenizer.decode(missing[missing != IGNORED])


def test_an_example_is_the_same_whatever_it_is_batched_with(collator):
    together = collator(EXAMPLES)
    for place, example in enumerate(EXAMPLES):
        alone = collator([example])
        length = alone["input_ids"].shape[1]
        assert torch.equal(together["labels"][place, :length], alone["labels"][0])
        assert torch.equal(together["input_ids"][place, :length], alone["input_ids"][0])


def scores_learned(loaded, batch):
    """Log-probabilities of the digits of ``overall``."""
    tokens = batch["input_ids"][0]
    with torch.no_grad():
        logits = loaded.model(**{name: value for name, value in batch.items() if name != "labels"}).logits[0, :-1]
    said = logits.log_softmax(-1).gather(-1, tokens[1:, None])[:, 0]
    return said[-6:]  # of the number, the bracket, the tag and the end


def test_nothing_that_is_learned_sees_what_stands_where_a_label_is_missing(loaded, collator):
    low, *others = (collator([{"example": 20, "draw": draw}]) for draw in range(20))
    alike = (one for one in others if one["input_ids"].shape == low["input_ids"].shape)
    high = next(one for one in alike if not torch.equal(one["input_ids"], low["input_ids"]))
    changed = (low["input_ids"] != high["input_ids"])[0]
    assert changed.sum() <= (low["attention_mask"] == 0).sum()
    low["pixel_values"] = high["pixel_values"]  # one may be mirrored
    torch.testing.assert_close(scores_learned(loaded, low), scores_learned(loaded, high), atol=1e-5, rtol=0)
    for batch in (low, high):
        batch["attention_mask"] = torch.ones_like(batch["attention_mask"])
    assert (scores_learned(loaded, low) - scores_learned(loaded, high)).abs().max() > 1e-4


def test_a_token_stands_where_it_would_if_all_were_seen(loaded, collator):
    batch = collator(EXAMPLES)
    for row, length in enumerate((batch["input_ids"] != collator.processor.tokenizer.pad_token_id).sum(1).tolist()):
        places = batch["position_ids"][:, row, :length]
        assert (places[:, -20:].diff(dim=1) == 1).all()


def test_an_answer_of_the_model_is_taught_as_it_stands(loaded, processor, training, collator):
    text = processor.tokenizer.decode(collator._answer(Taught(0), np.random.default_rng(0))[0][:-1])
    own = SFTCollator(loaded, training, [Taught(3, text)], 0)([{"example": 0, "draw": 5}])
    learned = own["labels"][0][own["labels"][0] != IGNORED]
    assert processor.tokenizer.decode(learned[:-1]) == text
    assert own["attention_mask"].all()
