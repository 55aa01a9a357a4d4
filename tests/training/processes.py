"""One rank of a reward over several processes: ``accelerate launch ... -m tests.training.processes FOLDER``.

Answers are made from a seed, so every rank knows the whole batch, asks for the rewards of its own part, and writes what
it was told to ``FOLDER/RANK.npz``. Twelve answers to each of seven images make 42 a rank on two: the fourth image's
answers are torn apart.
"""

import sys
from pathlib import Path

import numpy as np
from accelerate import PartialState

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import write_answer
from mgiqa.dialogue.wording import reasons
from mgiqa.reward.advantage import RECOMMENDED
from mgiqa.training.data import TrainingData
from mgiqa.training.grpo.reward_function import RewardFunction

ANSWERS = 12
ROWS = [0, 5, 2, 9, 11, 8, 3]
STEPS = 2


def data() -> TrainingData:
    """Twelve images of two datasets, of which the second labels two attributes only; there are no files."""
    rng = np.random.default_rng(0)
    labels = rng.uniform(1, 5, (12, len(KEYS)))
    labels[6:, :3] = np.nan
    names = np.array([f"image-{number}" for number in range(12)])
    dataset = np.repeat(["one", "two"], 6)
    deviations, soft = np.full_like(labels, 0.4), np.tile(dataset == "one", (len(KEYS), 1)).T
    return TrainingData([Path(name) for name in names], names, dataset, dataset, names, labels, deviations, soft)


def answers(step: int) -> list[str]:
    """Texts around the truth; some cannot be read."""
    rng = np.random.default_rng([1, step])
    texts = []
    for row in np.repeat(ROWS, ANSWERS):
        truth = np.nan_to_num(data().labels[row], nan=3.0)
        scores = dict(zip(KEYS, np.clip(truth + rng.normal(0, 0.7, len(KEYS)), 1, 5).round(2).tolist(), strict=True))
        texts.append(write_answer(scores, reasons(scores)) if rng.random() > 0.1 else "It looks fine.")
    return texts


def reward_function(folder: Path) -> None:
    """Asks for the rewards of this rank's part, twice, since means run over the steps."""
    state = PartialState(cpu=True)
    ranks = {"rank": state.process_index, "ranks": state.num_processes}
    adapter = RewardFunction(data(), RECOMMENDED, answers=ANSWERS, **ranks)
    told = []
    for step in range(STEPS):
        share = len(ROWS) * ANSWERS // state.num_processes
        here = slice(state.process_index * share, (state.process_index + 1) * share)
        scored = adapter.score(answers(step)[here], np.repeat(ROWS, ANSWERS)[here].tolist())
        told.append(np.stack([scored.local(scored.result.reward), scored.local(scored.result.combined)]))
    np.savez(folder / f"{state.process_index}.npz", told=np.stack(told), backend=str(state.backend))
    state.destroy_process_group()


if __name__ == "__main__":
    reward_function(Path(sys.argv[1]))
