import torch

from mgiqa.dialogue.answer import read_answer
from mgiqa.training.sft.examples import IGNORED, SFTCollator

EXAMPLES = [{"row": 0, "draw": 0}, {"row": 20, "draw": 1}, {"row": 3, "draw": 2}]


def test_only_the_answer_is_learned_and_it_ends(processor, training):
    batch = SFTCollator(processor, training, 0)(EXAMPLES)
    tokenizer = processor.tokenizer
    for ids, mask, labels in zip(batch["input_ids"], batch["attention_mask"], batch["labels"], strict=True):
        text = tokenizer.decode(ids[mask.bool()])
        _, _, answer = text.partition("<|im_start|>assistant\n")
        assert answer.endswith(tokenizer.eos_token)
        assert read_answer(answer.removesuffix(tokenizer.eos_token)).strict
        learned = labels[labels != IGNORED]
        assert learned[-1] == tokenizer.eos_token_id
        assert set(tokenizer.decode(learned)) <= set(answer)


def test_a_missing_label_is_context_and_not_learned(processor, training):
    tokenizer, collator = processor.tokenizer, SFTCollator(processor, training, 0)
    labelled, missing = (collator([{"row": row, "draw": 0}])["labels"] for row in (0, 20))
    noise = [token for token in (labelled[0] != IGNORED).nonzero().flatten().tolist()]
    without = [token for token in (missing[0] != IGNORED).nonzero().flatten().tolist()]
    assert len(noise) == len(without) + 4
    assert "Noise:" in tokenizer.decode(labelled[labelled != IGNORED])
    assert "Noise:" not in tokenizer.decode(missing[missing != IGNORED])


def test_an_example_is_the_same_whatever_it_is_batched_with(processor, training):
    collator = SFTCollator(processor, training, 0)
    together = collator(EXAMPLES)
    for place, example in enumerate(EXAMPLES):
        alone = collator([example])
        length = alone["input_ids"].shape[1]
        assert torch.equal(together["labels"][place, :length], alone["labels"][0])
        assert torch.equal(together["input_ids"][place, :length], alone["input_ids"][0])
