"""One table of a comparison: means over seeds with intervals, and paired differences from the baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mgiqa.ablation.plan import Plan
from mgiqa.evaluation.results.metrics import ALL
from mgiqa.metrics.seeds import SeedMean, paired_difference, seed_mean

MEASURES = {
    "overall": "SRCC of the overall score as answers say it, mean over datasets",
    "pooled": "the same of the overall score pooled with the technical attributes",
    "attributes": "SRCC of the other scores, mean over datasets and attributes",
    "gain": "overall, less that of the warm-up read alike",
    "gain pooled": "pooled, less that of the warm-up read alike",
    "parsed": "share of answers that could be read",
}
_SUBJECT, _BEFORE = "policy", "warmup"
_WHOLES = ("overall", "pooled")
"""The overall score of every arm is read both ways, so that no arm is compared with one that is read otherwise."""
DRAWS = "draws"
"""Column of ``runs.csv``: answers to an image that a score is the mean of."""


def figures(result: Mapping[str, Any]) -> dict[str, float]:
    """The measures of one run, and the overall SRCC of each dataset, from its ``metrics.json``."""
    sets = {name: keys for name, keys in result[_SUBJECT].items() if name not in (ALL, "answers")}
    after = {whole: _ranks(sets, whole) for whole in _WHOLES}
    before = {whole: _ranks({name: result[_BEFORE][name] for name in sets}, whole) for whole in _WHOLES}
    means = {whole: _mean(list(ranks.values())) for whole, ranks in after.items()}
    gains = {whole: means[whole] - _mean(list(before[whole].values())) for whole in _WHOLES}
    others = [_rank(agreement) for keys in sets.values() for key, agreement in keys.items() if key not in _WHOLES]
    return {
        **means,
        "attributes": _mean(others),
        "gain": gains["overall"],
        "gain pooled": gains["pooled"],
        "parsed": float(result[_SUBJECT]["answers"]["parse_rate"]),
        DRAWS: float(result[_SUBJECT]["answers"]["draws"]),
        **{f"{whole} on {name}": value for whole in _WHOLES for name, value in sorted(after[whole].items())},
    }


@dataclass(frozen=True)
class ArmComparison:
    """One measure of one arm.

    Attributes:
        arm: of the plan.
        measure: a key of ``MEASURES``, or the overall SRCC on one dataset.
        mean: its mean over seeds.
        difference: from the baseline, over the seeds that both have.
    """

    arm: str
    measure: str
    mean: SeedMean
    difference: SeedMean

    def as_row(self) -> dict[str, Any]:
        """For a table; interval and number of runs of both means."""
        of_arm = {"runs": self.mean.runs, "mean": self.mean.mean, "low": self.mean.low, "high": self.mean.high}
        other = self.difference
        beside = {"difference": other.mean, "difference_low": other.low, "difference_high": other.high}
        return {"arm": self.arm, "measure": self.measure, **of_arm, **beside, "pairs": other.runs}


def compared(plan: Plan, runs: pd.DataFrame) -> list[ArmComparison]:
    """Every measure of every arm, in the order of the plan.

    Args:
        plan: what was to be run.
        runs: columns ``arm``, ``seed`` and measures; a row per finished run.
    """
    measures = [name for name in runs.columns if name in MEASURES or " on " in name]
    rows = []
    for arm in plan.arms:
        for measure in measures:
            of_arm, base = (_by_seed(plan, runs, name, measure) for name in (arm, plan.baseline))
            rows.append(ArmComparison(arm, measure, seed_mean(of_arm), paired_difference(of_arm, base)))
    return rows


def markdown(plan: Plan, name: str, table: list[ArmComparison], draws: Sequence[int], failed: Mapping[str, str]) -> str:
    """The table for people: a line per arm, the measures side by side; ``draws`` are the answers to an image."""
    measures = [measure for measure in MEASURES if any(one.measure == measure for one in table)]
    columns = ["arm", "runs", *(f"{measure}{part}" for measure in measures for part in ("", ", difference"))]
    lines = [
        f"# {name}",
        "",
        *([plan.about, ""] if plan.about else []),
        f"Seeds {', '.join(map(str, plan.seeds))}; 95 % intervals over seeds (Student's t). Differences are from "
        f"*{plan.baseline}*, paired by seed, and bold where their interval excludes zero. Each interval stands for "
        "itself: among 20 differences that are none, one is bold by chance. A score is the mean of "
        f"{' or '.join(map(str, draws))} answers to an image.",
        "",
        "| " + " | ".join(columns) + " |",
        "|" + "---|" * len(columns),
    ]
    for arm in plan.arms:
        of_arm = {one.measure: one for one in table if one.arm == arm}
        cells = [arm, str(max(one.mean.runs for one in of_arm.values()))]
        for measure in measures:
            cells.append(_cell(of_arm[measure].mean))
            cells.append("–" if arm == plan.baseline else _cell(of_arm[measure].difference, signed=True))
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", *(f"* {measure}: {MEASURES[measure]}" for measure in measures)]
    lines += ["", "Failed:", "", *(f"* {run}: {reason}" for run, reason in failed.items())] if failed else []
    return "\n".join([*lines, ""])


def write_comparison(folder: Path, plan: Plan, name: str, runs: pd.DataFrame, failed: Mapping[str, str]) -> str:
    """Writes ``table.md``, ``table.csv`` and ``runs.csv`` into ``folder``; returns the first."""
    folder.mkdir(parents=True, exist_ok=True)
    table = compared(plan, runs)
    text = markdown(plan, name, table, sorted({int(count) for count in runs[DRAWS]}), failed)
    (folder / "table.md").write_text(text, encoding="utf-8")
    for file, content in (("table.csv", pd.DataFrame([one.as_row() for one in table])), ("runs.csv", runs)):
        content.to_csv(folder / file, index=False, float_format="%.6f", lineterminator="\n")
    return text


def _by_seed(plan: Plan, runs: pd.DataFrame, arm: str, measure: str) -> list[float]:
    values = runs[runs["arm"] == arm].set_index("seed")[measure]
    return [float(values.get(seed, np.nan)) for seed in plan.seeds]


def _cell(mean: SeedMean, signed: bool = False) -> str:
    if not np.isfinite(mean.mean):
        return "–"
    sign = "+" if signed else ""
    text = f"{mean.mean:{sign}.3f}"
    if np.isfinite(mean.low):
        text += f" [{mean.low:{sign}.3f}, {mean.high:{sign}.3f}]"
    return f"**{text}**" if signed and mean.excludes_zero else text


def _ranks(sets: Mapping[str, Any], whole: str) -> dict[str, float]:
    """Dataset → SRCC of the overall score, read one way."""
    return {name: _rank(keys[whole]) for name, keys in sets.items() if whole in keys}


def _rank(figures: Mapping[str, Any]) -> float:
    value = figures[figures["judged_by"]]
    return float("nan") if value is None else float(value)


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
