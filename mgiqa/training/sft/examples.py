"""Batches for supervised fine-tuning: images, the question, the answer, and which tokens are learned."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from mgiqa.dialogue.prompt import PROMPT, Prompt
from mgiqa.training.answers import Fillers, sft_example
from mgiqa.training.data import TrainingData

IGNORED = -100
"""The label of a token that is not learned, as torch's cross entropy has it."""
PER_TOKEN = frozenset({"input_ids", "attention_mask", "mm_token_type_ids"})
"""What a processor gives for every token; the rest (pixels, grids, masks of pixels) is of the images."""


class SFTCollator:
    """Turns numbers of examples into a batch; the same number always gives the same example.

    Args:
        processor: of the model.
        data: images and labels.
        seed: of the values that stand for missing labels, and of mirroring.
    """

    def __init__(self, processor: Any, data: TrainingData, seed: int, prompt: Prompt = PROMPT) -> None:
        self.processor, self.data, self.seed = processor, data, seed
        self.fillers = Fillers.of(data.labels)
        self.question = processor.apply_chat_template(prompt.conversation(), add_generation_prompt=True, tokenize=False)

    def __call__(self, examples: Sequence[dict[str, int]]) -> dict[str, torch.Tensor]:
        """Collates examples ``{"row": row of the data, "draw": number of the example}``."""
        generators = [np.random.default_rng([self.seed, example["draw"]]) for example in examples]
        rows = [example["row"] for example in examples]
        images = [self.data.image(row, bool(rng.random() < 0.5)) for row, rng in zip(rows, generators, strict=True)]
        answers = [self._answer(row, rng) for row, rng in zip(rows, generators, strict=True)]
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
        return batch | {name: torch.as_tensor(np.asarray(asked[name])) for name in of_images}

    def _answer(self, row: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
        """Token ids of the answer with its end, and the labels of those tokens."""
        taught = sft_example(self.data.labels[row], self.fillers, rng)
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


def _padded(rows: Sequence[Sequence[int]], length: int, value: int) -> torch.Tensor:
    return torch.tensor([[*row, *[value] * (length - len(row))] for row in rows])
