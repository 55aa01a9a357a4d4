"""Batches for supervised fine-tuning: images, the question, the answer, and which tokens are learned."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from mgiqa.dialogue.prompt import PROMPT, Prompt
from mgiqa.training.answers import Fillers, lesson
from mgiqa.training.material import Material

IGNORED = -100
"""The label of a token that is not learned, as torch's cross entropy has it."""


class LessonCollator:
    """Turns numbers of examples into a batch; the same number always gives the same example.

    Args:
        processor: of the model.
        material: images and labels.
        seed: of the values that stand for missing labels, and of mirroring.
    """

    def __init__(self, processor: Any, material: Material, seed: int, prompt: Prompt = PROMPT) -> None:
        self.processor, self.material, self.seed = processor, material, seed
        self.fillers = Fillers.of(material.labels)
        self.question = processor.apply_chat_template(prompt.conversation(), add_generation_prompt=True, tokenize=False)

    def __call__(self, examples: Sequence[dict[str, int]]) -> dict[str, torch.Tensor]:
        """Collates examples ``{"row": row of the material, "draw": number of the example}``."""
        generators = [np.random.default_rng([self.seed, example["draw"]]) for example in examples]
        rows = [example["row"] for example in examples]
        images = [self.material.image(row, bool(rng.random() < 0.5)) for row, rng in zip(rows, generators, strict=True)]
        answers = [self._answer(row, rng) for row, rng in zip(rows, generators, strict=True)]
        asked = self.processor(text=[self.question] * len(rows), images=images)
        texts = [
            (ids, kinds, *answer)
            for ids, kinds, answer in zip(asked["input_ids"], asked["mm_token_type_ids"], answers, strict=True)
        ]
        longest = max(len(ids) + len(answer) for ids, _, answer, _ in texts)
        pad = self.processor.tokenizer.pad_token_id
        return {
            "input_ids": _padded([[*ids, *answer] for ids, _, answer, _ in texts], longest, pad),
            "attention_mask": _padded([[1] * (len(ids) + len(answer)) for ids, _, answer, _ in texts], longest, 0),
            "mm_token_type_ids": _padded([kinds for _, kinds, _, _ in texts], longest, 0),
            "labels": _padded([[IGNORED] * len(ids) + labels for ids, _, _, labels in texts], longest, IGNORED),
            "pixel_values": torch.as_tensor(np.asarray(asked["pixel_values"])),
            "image_grid_thw": torch.as_tensor(np.asarray(asked["image_grid_thw"])),
        }

    def _answer(self, row: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
        """Token ids of the answer with its end, and the labels of those tokens."""
        taught = lesson(self.material.labels[row], self.fillers, rng)
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
