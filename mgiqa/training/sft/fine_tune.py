"""Supervised fine-tuning to the form of the answer: TRL's SFTTrainer, full weights or LoRA by peft."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from trl import SFTConfig, SFTTrainer

from mgiqa.models.anatomy import vision_tower
from mgiqa.models.load import LoadedModel
from mgiqa.settings.training import Warmup
from mgiqa.training.adapters import lora, merged_adapter
from mgiqa.training.data import TrainingData, passes
from mgiqa.training.distributed import join
from mgiqa.training.optimizers import ChoosesOptimizer, OptimizerName
from mgiqa.training.prefetch import Prefetch
from mgiqa.training.sft.examples import SFTCollator
from mgiqa.training.sft.own_answers import Taught

Progress = Callable[[int, float], object]


class WarmupTrainer(ChoosesOptimizer, SFTTrainer):
    """TRL's trainer with the optimizer of the settings."""

    def __init__(self, *, optimizer_name: OptimizerName, **options: Any) -> None:
        self.optimizer_name = optimizer_name
        super().__init__(**options)


def fine_tune(
    loaded: LoadedModel,
    data: TrainingData,
    settings: Warmup,
    *,
    seed: int,
    work: Path,
    examples: Sequence[Taught] = (),
    progress: Progress = lambda step, loss: None,
) -> LoadedModel:
    """Fine-tunes on answers to the images of ``data``.

    Args:
        loaded: the model to start from; its weights change.
        data: images of the training split.
        settings: steps, batch, rate, LoRA.
        seed: of the order of images and of what stands for missing labels.
        work: folder for the trainer's files.
        examples: what is taught; by default an answer written from the labels of each image.
        progress: called after each step with its number and loss.

    Returns:
        The tuned model; an adapter is merged into the weights.
    """
    if settings.steps == 0:
        return loaded
    examples = examples or [Taught(row) for row in range(len(data))]
    order = passes(len(examples), settings.steps * settings.batch, seed)
    rows = np.array([example.row for example in examples])[order]
    if settings.freeze_vision:
        vision_tower(loaded.model).requires_grad_(False)
    trainer = WarmupTrainer(
        model=loaded.model,
        args=_arguments(settings, seed, work, join().num_processes),
        train_dataset=Dataset.from_dict({"example": order, "draw": range(len(order))}),
        data_collator=SFTCollator(loaded, data, examples, seed),
        processing_class=loaded.processor,
        peft_config=lora(settings.lora_rank),
        callbacks=[_Progress(progress), Prefetch(data, np.split(rows, settings.steps))],
        optimizer_name=settings.optimizer,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    trainer.model.requires_grad_(True)
    return LoadedModel(merged_adapter(trainer.model), loaded.processor, loaded.origin)


def _arguments(settings: Warmup, seed: int, work: Path, processes: int) -> SFTConfig:
    return SFTConfig(
        output_dir=str(work),
        max_steps=settings.steps,
        per_device_train_batch_size=settings.batch // (settings.accumulate * processes),
        gradient_accumulation_steps=settings.accumulate,
        gradient_checkpointing=settings.gradient_checkpointing,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=settings.steps // 10,
        weight_decay=0.0,
        max_grad_norm=1.0,
        bf16=torch.cuda.is_available(),
        use_cpu=not torch.cuda.is_available(),
        seed=seed,
        data_seed=seed,
        train_sampling_strategy="sequential",
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        max_length=None,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )


class _Progress(TrainerCallback):
    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **_: Any
    ) -> None:
        if logs and "loss" in logs:
            self.progress(state.global_step, float(logs["loss"]))
