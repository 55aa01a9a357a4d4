"""Reinforcement learning to rank: builds the trainer, runs or resumes it, and keeps the best step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import PartialState
from datasets import Dataset
from transformers import PrinterCallback
from trl import GRPOConfig

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import SettingsError
from mgiqa.models.anatomy import vision_tower
from mgiqa.models.load import LoadedModel
from mgiqa.reward.advantage import reward_settings
from mgiqa.scoring.generation import Decoding
from mgiqa.settings.training import Train
from mgiqa.training.adapters import lora, merged_adapter
from mgiqa.training.data import TrainingData
from mgiqa.training.distributed import join
from mgiqa.training.grpo.averaging import Averaged
from mgiqa.training.grpo.callbacks import HistoryCallback, Log
from mgiqa.training.grpo.checkpoints import Checkpoints, Stateful, latest_checkpoint
from mgiqa.training.grpo.reward_function import RewardFunction
from mgiqa.training.grpo.sampler import BalancedBatches, Rows
from mgiqa.training.grpo.saving import Saving
from mgiqa.training.grpo.selection import Selection
from mgiqa.training.grpo.trainer import RankingTrainer
from mgiqa.training.grpo.vllm import vllm_options
from mgiqa.training.prefetch import Prefetch
from mgiqa.training.validation import ValidationScore

OnValidation = Callable[[int, ValidationScore, Sequence[str]], object]


@dataclass(frozen=True)
class Ranked:
    """A finished run.

    Attributes:
        loaded: the model with the weights of the best step.
        best: that step; 0 is the model at the start.
        validation_scores: step → figures on the validation images.
        rows: figures of every step.
    """

    loaded: LoadedModel
    best: int
    validation_scores: Mapping[int, ValidationScore]
    rows: Sequence[Mapping[str, float]]


def learn_to_rank(
    loaded: LoadedModel,
    data: TrainingData,
    validation: TrainingData,
    settings: Train,
    *,
    seed: int,
    work: Path,
    source: Path,
    log: Log = lambda figures, step: None,
    progress: Log = lambda figures, step: None,
    on_validation: OnValidation = lambda step, score, texts: None,
) -> Ranked:
    """Trains with GRPO; a run that was killed goes on where its last checkpoint in ``work`` left it.

    Args:
        loaded: the warm model; its weights change.
        data: images to learn from.
        validation: images that choose the step that is kept.
        settings: of the stage.
        seed: of batches, mirroring and draws.
        work: folder of checkpoints, which belongs to these inputs and settings alone.
        source: folder that ``loaded`` came from; the reference policy is loaded from it.
        log: where the figures of each step go.
        progress: called with the figures of each step, for a progress bar.
        on_validation: called with step, figures and answers after each validation.

    Raises:
        TrainingError: a figure is no number, or the answers collapsed.
        Terminated: SIGTERM or SIGINT asked it to end; it has written a checkpoint, where there was something new.
    """
    loaded.model.config.name_or_path = str(source)
    processes = join()
    trainer = build_trainer(loaded, data, settings, seed, work, processes)
    averaged = Averaged(trainer.model, settings.averaging)
    bare = LoadedModel(trainer.bare(trainer.model), loaded.processor, loaded.origin, wrapped=trainer.model)
    selection = Selection(
        bare,
        averaged,
        validation,
        every=settings.validate_every,
        folder=work / "best",
        decoding=Decoding(settings.validate_answers, settings.validate_temperature, seed, settings.max_tokens),
        overall=trainer.reward_function.settings.overall,
        on_validation=on_validation,
    )
    history = HistoryCallback(log, progress=progress)
    parts: dict[str, Stateful] = {
        "average": averaged,
        "selection": selection,
        "history": history,
        "reward": trainer.reward_function,
    }
    with processes.main_process_first():
        checkpoint = latest_checkpoint(work)
    saving = Saving(settings.checkpoint_minutes, settings.iterations)
    for callback in (Checkpoints(parts, checkpoint, saved=selection.clean), averaged, selection, history, saving):
        trainer.add_callback(callback)
    trainer.add_callback(Prefetch(data, [rows % len(data) for rows in trainer.batches], settings.iterations))
    trainer.remove_callback(PrinterCallback)
    with saving.deferring_signals():
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    selection.apply_best()
    finished = LoadedModel(merged_adapter(trainer.model), loaded.processor, loaded.origin)
    return Ranked(finished, selection.best, selection.scores, history.rows)


def build_trainer(
    loaded: LoadedModel, data: TrainingData, settings: Train, seed: int, work: Path, processes: PartialState
) -> RankingTrainer:
    """The trainer of a run, without what watches over it; see ``learn_to_rank`` for the arguments."""
    shares = settings.accumulate * processes.num_processes
    if settings.images % shares:
        raise SettingsError(
            f"train.images is {settings.images}, and {processes.num_processes} processes × {settings.accumulate} parts "
            "cannot share whole groups evenly",
            remedy=f"Make it a multiple of {shares}.",
        )
    reward_function = RewardFunction(
        data,
        reward_settings(settings),
        answers=settings.answers,
        rank=processes.process_index,
        ranks=processes.num_processes,
        device=processes.device,
    )
    if settings.freeze_vision:
        vision_tower(loaded.model).requires_grad_(False)
    return RankingTrainer(
        model=loaded.model,
        args=_arguments(settings, seed, work, processes.num_processes),
        train_dataset=_dataset(data),
        processing_class=loaded.processor,
        peft_config=lora(settings.lora_rank),
        reward_function=reward_function,
        batches=_plan(data, settings, seed, processes.num_processes),
        optimizer_name=settings.optimizer,
        span_credit=settings.span_credit,
    )


def _plan(data: TrainingData, settings: Train, seed: int, world: int) -> list[Rows]:
    """Entries of the dataset for every generation batch: rows, half of them mirrored."""
    plan = BalancedBatches(
        data.dataset,
        data.family,
        images=settings.images,
        least=settings.least,
        seed=seed,
        ranks=world if settings.sampling == "per_rank" else 1,
    )
    mirrored = np.random.default_rng(seed).random((settings.steps, settings.images)) < 0.5
    count = -(-settings.steps // settings.iterations)
    return [rows + len(data) * flips for rows, flips in zip(plan.first(count), mirrored, strict=False)]


def _dataset(data: TrainingData) -> Dataset:
    """Entry i is image i, entry n + i its mirror image, both opened when they are asked for."""
    count = len(data)

    def opened(batch: dict[str, list[int]]) -> dict[str, list[Any]]:
        prompts = {
            entry: PROMPT.conversation(data.image(entry % count, mirrored=entry >= count))
            for entry in dict.fromkeys(batch["entry"])
        }
        return {
            "prompt": [prompts[entry] for entry in batch["entry"]],
            "entry": batch["entry"],
            "row": [entry % count for entry in batch["entry"]],
        }

    dataset = Dataset.from_dict({"entry": range(2 * count)})
    dataset.set_transform(opened)
    return dataset


def _arguments(settings: Train, seed: int, work: Path, world: int) -> GRPOConfig:
    return GRPOConfig(
        output_dir=str(work),
        max_steps=settings.steps,
        per_device_train_batch_size=settings.images * settings.answers // (settings.accumulate * world),
        gradient_accumulation_steps=settings.accumulate,
        steps_per_generation=settings.accumulate,
        num_iterations=settings.iterations,
        num_generations=settings.answers,
        max_completion_length=settings.max_tokens,
        gradient_checkpointing=settings.gradient_checkpointing,
        temperature=settings.temperature,
        beta=settings.kl,
        loss_type="grpo",
        scale_rewards="none",
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.schedule,
        warmup_steps=settings.steps // 20,
        max_grad_norm=1.0,
        bf16=torch.cuda.is_available(),
        use_cpu=not torch.cuda.is_available(),
        seed=seed,
        data_seed=seed,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_steps=settings.validate_every,
        save_total_limit=2,
        report_to="none",
        disable_tqdm=True,
        **vllm_options(settings),
    )
