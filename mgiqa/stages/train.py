"""``train``: reinforcement learning to rank, recorded as the run of the pipeline and resumed after a kill."""

import logging
import shutil
from pathlib import Path

from mgiqa.datasets.schema import read_manifest
from mgiqa.datasets.split.files import write_splits
from mgiqa.doctor.room import free_memory, model_need, room_fault
from mgiqa.execution.inputs import accept
from mgiqa.execution.work import work_folder
from mgiqa.models.digest import model_digest
from mgiqa.models.load import LoadedModel, load_model
from mgiqa.models.resizing import loader_for
from mgiqa.records import Summary
from mgiqa.registry.pages import note_pages
from mgiqa.registry.run import DIGEST
from mgiqa.registry.runs import pipeline_run, read_run_id, write_run_id
from mgiqa.settings import Settings
from mgiqa.training.data import TrainingData
from mgiqa.training.grpo.images import dataset_inputs, rewarded
from mgiqa.training.grpo.policy import learn_to_rank
from mgiqa.training.grpo.recorded import learn_and_record
from mgiqa.training.grpo.summary import save_policy, training_summary, write_records
from mgiqa.workspace import Workspace

_LOG = logging.getLogger(__name__)


def run(settings: Settings, workspace: Workspace, draft: Path) -> Summary:
    """Writes the policy, its history, and what it learned from."""
    accept(workspace, workspace.normalized, "normalize")
    warm = accept(workspace, workspace.model("warmup"), "warmup")
    manifest = read_manifest(workspace.manifest)
    images = rewarded(manifest, workspace.root, settings.train, settings.seed)
    if lack := room_fault(model_need(settings, warm), *free_memory()):
        _LOG.warning(str(lack))
    work = work_folder("train", settings, workspace, warm)
    work.mkdir(parents=True, exist_ok=True)
    with workspace.alone(work), pipeline_run(workspace, settings, resume=read_run_id(work)) as tracked:
        write_run_id(work, tracked.id)
        tracked.log_inputs(dataset_inputs(workspace, *images))
        ranked = learn_and_record(
            *_looked_at(warm, workspace, images), settings.train, tracked, seed=settings.seed, work=work, source=warm
        )
        save_policy(ranked, draft, settings, warm)
        write_records(ranked, draft, work)
        write_splits(manifest, draft)
        digest = model_digest(draft)
        tracked.set_tags({DIGEST: digest})
    note_pages(workspace, digest, {"MLflow run": tracked.link})
    shutil.rmtree(work)
    return training_summary(ranked, settings.train, digest)


def run_worker(settings: Settings, workspace: Workspace) -> None:
    """Learns along with the first process, which records and writes."""
    warm = workspace.model("warmup")
    images = rewarded(read_manifest(workspace.manifest), workspace.root, settings.train, settings.seed)
    work = work_folder("train", settings, workspace, warm)
    learn_to_rank(*_looked_at(warm, workspace, images), settings.train, seed=settings.seed, work=work, source=warm)


def _looked_at(
    warm: Path, workspace: Workspace, images: tuple[TrainingData, TrainingData]
) -> tuple[LoadedModel, TrainingData, TrainingData]:
    """The model to start from, and the images at the size that it looks at."""
    loaded = load_model(warm)
    training, validation = images
    return (
        loaded,
        training.through(loader_for(loaded.processor, workspace)),
        validation.through(loader_for(loaded.processor, workspace, memory=0)),
    )
