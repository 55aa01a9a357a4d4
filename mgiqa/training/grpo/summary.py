"""What a training leaves: the policy, its history and its validations as files, and the summary with its checks."""

import shutil
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from mgiqa.models.digest import model_digest
from mgiqa.models.load import save_model
from mgiqa.models.origin import descent
from mgiqa.records import Check, Summary
from mgiqa.reward.advantage import reward_settings
from mgiqa.settings import Settings
from mgiqa.settings.training import Train
from mgiqa.training.grpo.callbacks import HISTORY, write_history
from mgiqa.training.grpo.policy import Ranked
from mgiqa.training.grpo.sample_log import SAMPLES

FEWEST_VALUES = 10
"""Different scores that an attribute must use on the validation images; fewer say that scores have collapsed."""
_VALIDATION_SCORES = "validation_scores.csv"


def save_policy(ranked: Ranked, draft: Path, settings: Settings, warm: Path) -> None:
    """Writes the model folder of the best step, which names the model in ``warm`` that it was made of."""
    loaded = ranked.loaded
    origin = {
        "made by": "train",
        "warmup": model_digest(warm),
        "seed": settings.seed,
        "step": ranked.best,
        "overall": reward_settings(settings.train).overall,
        **descent(loaded.origin),
    }
    save_model(draft, loaded.model, loaded.processor, origin)


def write_records(ranked: Ranked, draft: Path, work: Path) -> None:
    """Writes ``history.csv``, ``validation_scores.csv`` and the samples, which ``work`` holds."""
    write_history(ranked.rows, draft / HISTORY)
    table = pd.DataFrame([{"step": step, **asdict(score)} for step, score in sorted(ranked.validation_scores.items())])
    table.to_csv(draft / _VALIDATION_SCORES, index=False, float_format="%.6f", lineterminator="\n")
    shutil.copy(work / SAMPLES, draft / SAMPLES)


def training_summary(ranked: Ranked, settings: Train, digest: str) -> Summary:
    """Of the stage ``train``; ``digest`` is that of the policy. The report takes the ends of its axes from facts."""
    rewards = [row["reward"] for row in ranked.rows if "reward" in row]
    finite = sum(reward == reward and abs(reward) != float("inf") for reward in rewards)
    kept, start = ranked.validation_scores[ranked.best], ranked.validation_scores[0]
    return Summary(
        stage="train",
        facts={
            "steps": len(ranked.rows),
            "kept step": ranked.best,
            "validation overall SRCC": kept.overall,
            "before": start.overall,
            "largest reward": 1 + reward_settings(settings).format_weight,
            "answers in a step": settings.images * settings.answers,
            "longest answer": settings.max_tokens,
            "digest": digest,
        },
        tables={
            "Scores on validation images": [
                {"step": step, **asdict(score)} for step, score in sorted(ranked.validation_scores.items())
            ]
        },
        checks=(
            Check("reward_finite", finite == len(rewards), f"{finite} of {len(rewards)} rewards are finite numbers."),
            Check(
                "scores_spread",
                kept.distinct >= min(FEWEST_VALUES, start.distinct),
                f"Every attribute uses at least {kept.distinct} different scores on validation images; "
                f"before it were {start.distinct}, and {FEWEST_VALUES} are enough.",
            ),
        ),
    )
