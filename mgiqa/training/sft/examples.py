"""Batches for supervised fine-tuning: images, the question, the answer, and which tokens are learned."""

from collections.abc import Sequence

import numpy as np
import torch

from mgiqa.dialogue.prompt import PROMPT, Prompt
from mgiqa.models.load import LoadedModel
from mgiqa.models.positions import token_positions
from mgiqa.training.answers import Fillers, SFTExample, sft_example
from mgiqa.training.data import TrainingData
from mgiqa.training.sft.own_answers import Taught

IGNORED = -100
"""The label of a token that is not learned, as torch's cross entropy has it."""
PER_TOKEN = frozenset({"input_ids", "attention_mask", "mm_token_type_ids"})
"""What a processor gives for every token; the rest (pixels, grids, masks of pixels) is of the images."""


class SFTCollator:
    """Turns numbers of examples into a batch; the same number always gives the same example.

    Args:
        loaded: the model, which counts the positions of its tokens, and its processor.
        data: images and labels.
        examples: what is taught of them.
        seed: of the values that stand for missing labels, and of mirroring.
    """

    def __init__(
        self, loaded: LoadedModel, data: TrainingData, examples: Sequence[Taught], seed: int, prompt: Prompt = PROMPT
    ) -> None:
        self.core, self.processor, self.data, self.seed = loaded.model.model, loaded.processor, data, seed
        self.examples, processor = examples, loaded.processor
        self.fillers = Fillers.of(data.labels)
        self.question = processor.apply_chat_template(prompt.conversation(), add_generation_prompt=True, tokenize=False)

    def __call__(self, examples: Sequence[dict[str, int]]) -> dict[str, torch.Tensor]:
        """Collates ``{"example": number of the example, "draw": how many were shown before it}``."""
        generators = [np.random.default_rng([self.seed, example["draw"]]) for example in examples]
        taught = [self.examples[example["example"]] for example in examples]
        rows = [one.row for one in taught]
        images = [self.data.image(row, bool(rng.random() < 0.5)) for row, rng in zip(rows, generators, strict=True)]
        answers = [self._answer(one, rng) for one, rng in zip(taught, generators, strict=True)]
        asked = self.processor(text=[self.question] * len(rows), images=images)
        texts = [(ids, *answer) for ids, answer in zip(asked["input_ids"], answers, strict=True)]
        longest = max(len(ids) + len(answer) for ids, answer, _ in texts)
        pad = self.processor.tokenizer.pad_token_id
        batch = {
            "input_ids": _padded([[*ids, *answer] for ids, answer, _ in texts], longest, pad),
            "attention_mask": _padded([[1] * (len(ids) + len(answer)) for ids, answer, _ in texts], longest, 0),
            "labels": _padded([[IGNORED] * len(ids) + labels for ids, _, labels in texts], longest, IGNORED),
        }
        if "mm_token_type_ids" in asked:
            batch["mm_token_type_ids"] = _padded(asked["mm_token_type_ids"], longest, 0)
        of_images = [name for name in asked if name not in PER_TOKEN]
        batch |= {name: torch.as_tensor(np.asarray(asked[name])) for name in of_images}
        # What stands where a label is missing has a place, and nothing that is learned sees it.
        positions = token_positions(self.core, batch["input_ids"], batch["attention_mask"], batch)
        return batch | {
            "attention_mask": batch["attention_mask"] * _seen(batch["labels"], texts),
            "position_ids": positions,
        }

    def _answer(self, example: Taught, rng: np.random.Generator) -> tuple[list[int], list[int]]:
        """Token ids of the answer with its end, and the labels of those tokens."""
        taught = SFTExample(example.text, ()) if example.text else self._written(example.row, rng)
        tokenizer = self.processor.tokenizer
        tokens = tokenizer(taught.text, add_special_tokens=False, return_offsets_mapping=True)
        silent = [
            any(start < last and end > first for first, last in taught.silent)
            for start, end in tokens["offset_mapping"]
        ]
        ids = tokens["input_ids"]
        labels = [IGNORED if quiet else token for token, quiet in zip(ids, silent, strict=True)]
        end = tokenizer.eos_token_id
        return [*ids, end], [*labels, end]

    def _written(self, row: int, rng: np.random.Generator) -> SFTExample:
        return sft_example(self.data.labels[row], self.fillers, rng)


def _seen(labels: torch.Tensor, texts: Sequence[tuple[list[int], list[int], list[int]]]) -> torch.Tensor:
    """(rows, tokens) 0 for the tokens of answers that teach nothing."""
    seen = torch.ones_like(labels)
    for row, (asked, answer, learned) in enumerate(texts):
        for place in range(len(answer)):
            seen[row, len(asked) + place] = int(learned[place] != IGNORED)
    return seen


def _padded(rows: Sequence[Sequence[int]], length: int, value: int) -> torch.Tensor:
    return torch.tensor([[*row, *[value] * (length - len(row))] for row in rows])
