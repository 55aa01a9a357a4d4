"""What a model says of the same few validation images while it learns: kept in a file, and shown by MLflow."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import read_answer
from mgiqa.overall import Overall, as_read
from mgiqa.registry.run import Run
from mgiqa.registry.samples import AnswerSample, sample_row
from mgiqa.training.data import TrainingData
from mgiqa.training.validation import ValidationScore

SAMPLES = "samples.jsonl"
_SHOWN = 8
"""Validation images whose answers are kept over the whole training."""


class SampleLog:
    """The answers to a few validation images, from one validation to the next.

    Args:
        path: file that is added to, and goes on where an interrupted run left it.
        validation: all validation images.
        overall: how the overall score is read.
    """

    def __init__(self, path: Path, validation: TrainingData, overall: Overall) -> None:
        self.path, self.validation, self.overall = path, validation, overall
        self.rows = range(0, len(validation), max(1, len(validation) // _SHOWN))[:_SHOWN]

    def write(self, tracked: Run, step: int, score: ValidationScore, texts: Sequence[str]) -> None:
        """Keeps the figures and the answers at one step; a step that a resumed run repeats is replaced."""
        tracked.log_metrics({f"val/{name}": value for name, value in asdict(score).items()}, step)
        samples = [self._sample(row, texts[row]) for row in self.rows]
        tracked.log_samples(samples, step)
        kept = [line for line in self._lines() if line["step"] < step]
        kept += [{"step": step, **sample_row(sample)} for sample in samples]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept)
        draft = self.path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.path)

    def _lines(self) -> list[dict]:
        if not self.path.is_file():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def _sample(self, row: int, text: str) -> AnswerSample:
        labels = self.validation.labels[row]
        return AnswerSample(
            str(self.validation.image_id[row]),
            self.validation.image(row),
            text,
            as_read(read_answer(text), self.overall).scores,
            {key: float(label) for key, label in zip(KEYS, labels, strict=True) if label == label},
        )
