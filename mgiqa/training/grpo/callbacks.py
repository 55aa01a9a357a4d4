"""The history of a run: every figure of every step, watched for collapse, kept over a restart."""

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mgiqa.errors import TrainingError
from mgiqa.reward.collapse import CollapseLimits, collapse
from mgiqa.reward.monitors import MONITORED
from mgiqa.training.grpo.checkpoints import write_json

Log = Callable[[Mapping[str, float], int], object]
HISTORY = "history.csv"

RENAMED = {
    "loss": "loss",
    "grad_norm": "grad_norm",
    "learning_rate": "learning_rate",
    "reward": "reward",
    "kl": "kl",
    "entropy": "entropy",
    "completions/mean_length": "length",
    "truncated": "truncated",
    "step_time": "seconds",
}
"""The trainer's figures that are kept, by the names they are kept under; those of the reward's monitors join them."""


class HistoryCallback(TrainerCallback):
    """Keeps, logs and judges the figures of every step.

    Args:
        log: where each step's figures also go, such as an MLflow run.
        limits: when a run counts as collapsed.
        progress: called with each step and its figures, for a progress bar.
    """

    def __init__(
        self,
        log: Log = lambda figures, step: None,
        limits: CollapseLimits | None = None,
        progress: Log = lambda figures, step: None,
    ) -> None:
        self.write, self.limits, self.progress = log, limits or CollapseLimits(), progress
        self.rows: list[dict[str, float]] = []

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """The trainer's hook, called after every step.

        Raises:
            TrainingError: a figure is not a number, or the answers have collapsed.
        """
        if not logs or "loss" not in logs or not state.is_world_process_zero:
            return
        figures = {name: _number(logs[key]) for key, name in RENAMED.items() if key in logs}
        figures |= {key: _number(value) for key, value in logs.items() if _is_monitor(key)}
        self.rows.append({"step": float(state.global_step), **figures})
        shown = {name: value for name, value in figures.items() if math.isfinite(value)}
        self.write(shown, state.global_step)
        self.progress(figures, state.global_step)
        verdict = collapse(self.rows, self.limits)
        if verdict.collapsed:
            raise TrainingError(
                f"training stopped at step {state.global_step}: {'; '.join(verdict.reasons)}",
                remedy="Lower train.learning_rate or raise train.kl (where answers could not be read from the start, "
                "raise warmup.steps or train.max_tokens); checkpoints up to here are kept.",
            )

    def save_state(self, folder: Path) -> None:
        """Writes the rows."""
        write_json(folder / "rows.json", self.rows)

    def load_state(self, folder: Path) -> None:
        """Reads the rows back."""
        self.rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))


def write_history(rows: Sequence[Mapping[str, float]], path: Path) -> None:
    """Writes ``history.csv``: one row per step, ``step`` and ``reward`` first, then the rest by name.

    Seconds are left out: equal runs write equal files.
    """
    names = {name for row in rows for name in row} - {"step", "reward", "seconds"}
    columns = ["step", "reward", *sorted(names)]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, restval="", extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        for row in rows:
            table.writerow({name: _shown(name, value) for name, value in row.items()})


def _shown(name: str, value: float) -> str:
    if not math.isfinite(value):
        return ""
    return f"{value:.0f}" if name == "step" else f"{value:.6g}"


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _is_monitor(key: str) -> bool:
    figure, _, attribute = key.partition("/")
    return bool(attribute) and figure in MONITORED
