"""``train``: reinforcement learning to rank, recorded as the run of the pipeline and resumed after a kill."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.attributes import KEYS
from mgiqa.datasets.schema import read_manifest
from mgiqa.datasets.split.files import write_splits
from mgiqa.dialogue.answer import read_answer
from mgiqa.execution.inputs import accept
from mgiqa.execution.work import work_folder
from mgiqa.models.digest import model_digest
from mgiqa.models.load import load_model, save_model
from mgiqa.models.origin import descent
from mgiqa.overall import Overall, as_read
from mgiqa.progress import progress_bar
from mgiqa.records import Check, Summary
from mgiqa.registry.hashes import dvc_hash
from mgiqa.registry.pages import note_pages
from mgiqa.registry.run import DIGEST, DatasetInput, Run
from mgiqa.registry.runs import RUN_FILE, pipeline_run, read_run_id, write_run_id
from mgiqa.registry.samples import AnswerSample, sample_row
from mgiqa.settings import Settings
from mgiqa.training.data import TrainingData, read_training_data
from mgiqa.training.grpo.callbacks import HISTORY, write_history
from mgiqa.training.grpo.policy import Ranked, learn_to_rank
from mgiqa.training.grpo.reward_choice import reward_settings
from mgiqa.training.validation import ValidationScore
from mgiqa.workspace import Workspace

_SHOWN = 8
"""Validation images whose answers are kept over the whole training."""
FEWEST_VALUES = 10
"""Different scores that an attribute must use on the validation images; fewer say that scores have collapsed."""
SAMPLES, _VALIDATION_SCORES = "samples.jsonl", "validation_scores.csv"


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes the policy, its history, and what it learned from."""
    accept(workspace, workspace.normalized, "normalize")
    warm = accept(workspace, workspace.model("warmup"), "warmup")
    manifest = read_manifest(workspace.manifest)
    training, validation = rewarded(manifest, workspace, settings)
    work = work_folder("train", settings, workspace, warm)
    work.mkdir(parents=True, exist_ok=True)
    overall = reward_settings(settings.train).overall
    sample_log = SampleLog(work / SAMPLES, validation, overall)
    with (
        workspace.alone(work),
        pipeline_run(workspace, settings, resume=_interrupted(work)) as tracked,
        progress_bar("train: learning to rank", settings.train.steps) as shown,
    ):
        write_run_id(work, tracked.id)
        tracked.log_inputs(_inputs(workspace, training, validation))
        ranked = _learn(
            settings,
            warm,
            training,
            validation,
            work,
            log=lambda figures, step: tracked.log_metrics(figures, step),
            progress=lambda figures, step: shown.at(step, _shown(figures)),
            on_validation=lambda step, score, texts: sample_log.write(tracked, step, score, texts),
        )
        origin = {
            "made by": "train",
            "warmup": model_digest(warm),
            "seed": settings.seed,
            "step": ranked.best,
            "overall": overall,
            **descent(ranked.loaded.origin),
        }
        save_model(draft, ranked.loaded.model, ranked.loaded.processor, origin)
        _write_records(ranked, draft, work)
        write_splits(manifest, draft)
        digest = model_digest(draft)
        tracked.set_tags({DIGEST: digest})
    note_pages(workspace, digest, {"MLflow run": tracked.link})
    shutil.rmtree(work)
    return _summary(ranked, digest)


def run_worker(settings: Settings, workspace: Workspace) -> None:
    """Learns along with the first process, which records and writes."""
    manifest, warm = read_manifest(workspace.manifest), workspace.model("warmup")
    training, validation = rewarded(manifest, workspace, settings)
    _learn(settings, warm, training, validation, work_folder("train", settings, workspace, warm))


def _learn(
    settings: Settings, warm: Path, training: TrainingData, validation: TrainingData, work: Path, **told: Any
) -> Ranked:
    """What every process of the training does alike; ``told`` are the callbacks of the first one."""
    return learn_to_rank(
        load_model(warm),
        training,
        validation,
        settings.train,
        seed=settings.seed,
        work=work,
        source=warm,
        **told,
    )


class SampleLog:
    """What the model says of the same few validation images from one validation to the next."""

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


def rewarded(manifest: pd.DataFrame, workspace: Workspace, settings: Settings) -> tuple[TrainingData, TrainingData]:
    """What is learned from, and what chooses the step that is kept; both know only the labels that are rewarded."""
    options = settings.train
    training = read_training_data(manifest, workspace.root, "train", options.datasets, options.attributes)
    return training, read_training_data(manifest, workspace.root, "val", attributes=options.attributes)


def _interrupted(work: Path) -> str | None:
    return read_run_id(work) if (work / RUN_FILE).is_file() else None


def _shown(figures: Mapping[str, float]) -> str:
    """A step that learns from the answers of the one before has no reward of its own."""
    return f"reward {figures['reward']:.3f}" if "reward" in figures else f"loss {figures['loss']:.3f}"


def _inputs(workspace: Workspace, training: TrainingData, validation: TrainingData) -> list[DatasetInput]:
    return [
        DatasetInput(str(name), dvc_hash(workspace, f"data/raw/{name}"), f"data/raw/{name}", context, int(count))
        for context, data in (("training", training), ("validation", validation))
        for name, count in pd.Series(data.dataset).value_counts(sort=False).sort_index().items()
    ]


def _write_records(ranked: Ranked, draft: Path, work: Path) -> None:
    write_history(ranked.rows, draft / HISTORY)
    table = pd.DataFrame([{"step": step, **asdict(score)} for step, score in sorted(ranked.validation_scores.items())])
    table.to_csv(draft / _VALIDATION_SCORES, index=False, float_format="%.6f", lineterminator="\n")
    shutil.copy(work / SAMPLES, draft / SAMPLES)


def _summary(ranked: Ranked, digest: str) -> Summary:
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
