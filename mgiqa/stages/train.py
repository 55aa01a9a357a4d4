"""``train``: reinforcement learning to rank, recorded as the run of the pipeline and resumed after a kill."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.datasets.schema import read_manifest
from mgiqa.datasets.split.files import write_splits
from mgiqa.execution.inputs import accept
from mgiqa.execution.work import work_folder
from mgiqa.models.digest import model_digest
from mgiqa.models.load import load_model, save_model
from mgiqa.models.origin import descent
from mgiqa.progress import progress_bar
from mgiqa.records import Summary
from mgiqa.registry.hashes import dvc_hash
from mgiqa.registry.pages import note_pages
from mgiqa.registry.run import DIGEST, DatasetInput
from mgiqa.registry.runs import RUN_FILE, pipeline_run, read_run_id, write_run_id
from mgiqa.reward.advantage import reward_settings
from mgiqa.settings import Settings
from mgiqa.training.data import TrainingData, read_training_data
from mgiqa.training.grpo.policy import Ranked, learn_to_rank
from mgiqa.training.grpo.sample_log import SAMPLES, SampleLog
from mgiqa.training.grpo.summary import training_summary, write_records
from mgiqa.workspace import Workspace


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
        write_records(ranked, draft, work)
        write_splits(manifest, draft)
        digest = model_digest(draft)
        tracked.set_tags({DIGEST: digest})
    note_pages(workspace, digest, {"MLflow run": tracked.link})
    shutil.rmtree(work)
    return training_summary(ranked, digest)


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
