"""Where TRL's calling convention meets the mathematics of the reward: completions in, one figure per completion out.

TRL asks every process for the rewards of its own rows. Scores are compared over all processes, so the adapter gathers
first, always and in the same order on every rank; each rank then computes the whole batch and keeps its part.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate.utils import gather
from numpy.typing import NDArray

from mgiqa.dialogue.answer import STOP, read_answer
from mgiqa.errors import TrainingError
from mgiqa.records import Answer
from mgiqa.reward.advantage import RewardBatch, RewardResult, RewardSettings, Running, compute
from mgiqa.reward.batch import AnswerFormat
from mgiqa.scores import table_of
from mgiqa.training.data import TrainingData
from mgiqa.training.grpo.checkpoints import write_json


@dataclass(frozen=True, eq=False)
class ScoredBatch:
    """What one generation batch taught.

    Attributes:
        answers: those of this process, as they were read.
        here: their places among the n × k of the batch.
        batch: scores and labels of all processes.
        result: over the whole batch.
        truncated: share of answers that ended without ``</answer>``.
    """

    answers: Sequence[Answer]
    here: slice
    batch: RewardBatch
    result: RewardResult
    truncated: float

    def local(self, values: NDArray[Any]) -> NDArray[Any]:
        """The part of this process of values of shape (n, k, ...), as (answers, ...)."""
        return values.reshape(-1, *values.shape[2:])[self.here]


class RewardFunction:
    """Completions in, everything that one generation batch teaches out; called, a reward function in TRL's sense.

    Args:
        data: labels of the images, and how they are compared.
        settings: of the reward.
        answers: k.
        rank, ranks: of this process.
        device: where collectives run.

    Attributes:
        running: means that the reward keeps over steps; part of a checkpoint.
    """

    __name__ = "quality"

    def __init__(
        self,
        data: TrainingData,
        settings: RewardSettings,
        *,
        answers: int,
        rank: int = 0,
        ranks: int = 1,
        device: torch.device | str = "cpu",
    ) -> None:
        self.data, self.settings, self.answers = data, settings, answers
        self.rank, self.ranks, self.device = rank, ranks, device
        self.running = Running()

    def __call__(self, completions: Sequence[Any], row: Sequence[int], **_: Any) -> list[float]:
        """The rewards of this process's completions; ``row`` is a column of the dataset."""
        scored = self.score(completions, row)
        return scored.local(scored.result.reward).tolist()

    def score(self, completions: Sequence[Any], row: Sequence[int]) -> ScoredBatch:
        """Reads the completions of this process, which come in groups of k, and rewards those of all.

        Args:
            completions: plain or conversational.
            row: image of each, as a row of the data.

        Raises:
            TrainingError: the completions of a group are not side by side.
        """
        answers = [read_answer(completion_text(completion)) for completion in completions]
        gathered = self._gathered(
            row=np.asarray(row, dtype=np.int64),
            format=np.array([_format(one) for one in answers], dtype=np.int64),
            truncated=np.array([STOP not in one.text for one in answers], dtype=np.float64),
            scores=table_of([answers])[0],
        )
        rows = gathered["row"].reshape(-1, self.answers)
        if (rows != rows[:, :1]).any():
            raise TrainingError(
                "the answers of a batch do not come in whole groups",
                remedy=f"Make images × answers a multiple of the {self.ranks} processes.",
            )
        scores = gathered["scores"].reshape(*rows.shape, -1)
        batch = self._batch(rows[:, 0], scores, gathered["format"].reshape(rows.shape))
        result = compute(batch, self.settings, self.running)
        self.running = result.running
        here = slice(self.rank * len(answers), (self.rank + 1) * len(answers))
        return ScoredBatch(answers, here, batch, result, float(gathered["truncated"].mean()))

    def save_state(self, folder: Path) -> None:
        """Writes the running means."""
        write_json(folder / "running.json", self.running.to_json())

    def load_state(self, folder: Path) -> None:
        """Reads them back."""
        self.running = Running.from_json(json.loads((folder / "running.json").read_text(encoding="utf-8")))

    def _batch(self, rows: NDArray[np.int64], scores: NDArray[np.float64], formats: NDArray[np.int64]) -> RewardBatch:
        per_rank = len(rows) / self.ranks
        return RewardBatch(
            scores=scores,
            labels=self.data.labels[rows],
            label_std=self.data.label_std[rows],
            domain=self.data.dataset[rows],
            content=self.data.content[rows],
            image=rows,
            rank=(np.arange(len(rows)) / per_rank).astype(np.int64),
            soft=self.data.soft[rows],
            format=formats,
        )

    def _gathered(self, **fields: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Each field of all processes, in the order of their ranks."""
        gathered = gather({name: torch.from_numpy(values).to(self.device) for name, values in fields.items()})
        return {name: values.cpu().numpy() for name, values in gathered.items()}


def completion_text(completion: Any) -> str:
    """The text of a completion, plain or conversational."""
    return completion if isinstance(completion, str) else completion[0]["content"]


def _format(answer: Answer) -> AnswerFormat:
    if not answer.readable:
        return AnswerFormat.FAILED
    return AnswerFormat.STRICT if answer.strict else AnswerFormat.RECOVERED
