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

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import read_answer
from mgiqa.errors import TrainingError
from mgiqa.records import Answer
from mgiqa.reward.advantage import RewardBatch, RewardResult, RewardSettings, Running, compute
from mgiqa.reward.batch import AnswerFormat
from mgiqa.training.data import Material
from mgiqa.training.grpo.checkpoints import write_json


@dataclass(frozen=True, eq=False)
class Judged:
    """What one generation batch taught.

    Attributes:
        result: over the whole batch.
        scores: (n, k, a) read from all answers, NaN where none could be read.
        rows: (n,) images, as rows of the material.
        here: answers of this process, as a slice of the n × k of the batch.
        truncated: share of answers that ended without ``</answer>``.
    """

    result: RewardResult
    scores: NDArray[np.float64]
    rows: NDArray[np.int64]
    here: slice
    truncated: float

    def local(self, values: NDArray[Any]) -> NDArray[Any]:
        """The part of this process of values of shape (n, k, ...), as (answers, ...)."""
        return values.reshape(-1, *values.shape[2:])[self.here]


class Judge:
    """A reward function in TRL's sense that remembers what it computed.

    Args:
        material: labels of the images, and how they are compared.
        settings: of the reward.
        answers: k.
        rank, ranks: of this process.
        device: where collectives run.

    Attributes:
        running: means that the reward keeps over steps; part of a checkpoint.
        judged: the latest batch.
    """

    __name__ = "quality"

    def __init__(
        self,
        material: Material,
        settings: RewardSettings,
        *,
        answers: int,
        rank: int = 0,
        ranks: int = 1,
        device: torch.device | str = "cpu",
    ) -> None:
        self.material, self.settings, self.answers = material, settings, answers
        self.rank, self.ranks, self.device = rank, ranks, device
        self.running = Running()
        self.judged: Judged | None = None

    def __call__(self, completions: Sequence[Any], row: Sequence[int], **_: Any) -> list[float]:
        """TRL's call with the completions of this process and the column ``row``; they come in groups of k."""
        texts = [completion_text(completion) for completion in completions]
        read = [read_answer(text) for text in texts]
        table = np.column_stack(
            [
                row,
                [_format(one) for one in read],
                ["</answer>" not in text for text in texts],
                [[one.scores[key] if isinstance(one, Answer) else np.nan for key in KEYS] for one in read],
            ]
        ).astype(np.float64)
        whole = self._gathered(table)
        groups = whole.reshape(-1, self.answers, whole.shape[1])
        rows = groups[:, 0, 0].astype(np.int64)
        if (groups[:, :, 0] != rows[:, None]).any():
            raise TrainingError(
                "the answers of a batch do not come in whole groups",
                remedy=f"Make images × answers a multiple of the {self.ranks} processes.",
            )
        result = compute(self._batch(groups, rows), self.settings, self.running)
        self.running = result.running
        here = slice(self.rank * len(texts), (self.rank + 1) * len(texts))
        self.judged = Judged(result, groups[:, :, 3:], rows, here, float(groups[:, :, 2].mean()))
        return self.judged.local(result.reward).tolist()

    def save_state(self, folder: Path) -> None:
        """Writes the running means."""
        write_json(folder / "running.json", self.running.to_json())

    def load_state(self, folder: Path) -> None:
        """Reads them back."""
        self.running = Running.from_json(json.loads((folder / "running.json").read_text(encoding="utf-8")))

    def _batch(self, groups: NDArray[np.float64], rows: NDArray[np.int64]) -> RewardBatch:
        per_rank = len(rows) / self.ranks
        return RewardBatch(
            scores=groups[:, :, 3:],
            labels=self.material.labels[rows],
            label_std=self.material.label_std[rows],
            domain=self.material.dataset[rows],
            content=self.material.content[rows],
            image=rows,
            rank=(np.arange(len(rows)) / per_rank).astype(np.int64),
            soft=self.material.soft[rows],
            format=groups[:, :, 1].astype(np.int64),
        )

    def _gathered(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        return gather(torch.from_numpy(table).to(self.device)).cpu().numpy()


def completion_text(completion: Any) -> str:
    """The text of a completion, plain or conversational."""
    return completion if isinstance(completion, str) else completion[0]["content"]


def _format(read: Any) -> AnswerFormat:
    if not isinstance(read, Answer):
        return AnswerFormat.FAILED
    return AnswerFormat.STRICT if read.strict else AnswerFormat.RECOVERED
