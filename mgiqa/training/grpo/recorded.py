"""A run that is watched: its figures and sample answers go to MLflow, and how far it is to whoever waits for it."""

from collections.abc import Mapping
from pathlib import Path

from mgiqa.models.load import LoadedModel
from mgiqa.progress import progress_bar
from mgiqa.registry.run import Run
from mgiqa.reward.advantage import reward_settings
from mgiqa.settings.training import Train
from mgiqa.training.data import TrainingData
from mgiqa.training.grpo.policy import Ranked, learn_to_rank
from mgiqa.training.grpo.sample_log import SAMPLES, SampleLog


def learn_and_record(
    loaded: LoadedModel,
    training: TrainingData,
    validation: TrainingData,
    settings: Train,
    tracked: Run,
    *,
    seed: int,
    work: Path,
    source: Path,
) -> Ranked:
    """``learn_to_rank`` with ``tracked`` as its record; sample answers lie in ``work``, too."""
    sample_log = SampleLog(work / SAMPLES, validation, reward_settings(settings).overall)
    with progress_bar("train: learning to rank", settings.steps) as shown:
        return learn_to_rank(
            loaded,
            training,
            validation,
            settings,
            seed=seed,
            work=work,
            source=source,
            log=lambda figures, step: tracked.log_metrics(figures, step),
            progress=lambda figures, step: shown.at(step, _words(figures)),
            on_validation=lambda step, score, texts: sample_log.write(tracked, step, score, texts),
        )


def _words(figures: Mapping[str, float]) -> str:
    """A step that learns from the answers of the one before has no reward of its own."""
    return f"reward {figures['reward']:.3f}" if "reward" in figures else f"loss {figures['loss']:.3f}"
