"""Hours against sums that were done by hand, and what is known of GPUs and datasets."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from mgiqa.doctor.accelerators import Accelerator, accelerators
from mgiqa.doctor.counts import count_training
from mgiqa.doctor.datasets import images_of
from mgiqa.doctor.hours import BANDWIDTH_SHARE, COMPUTE_SHARE, LAUNCH, estimate_hours
from mgiqa.settings import Settings, check_settings
from mgiqa.workspace import Workspace
from tests.bench import write_data
from tests.doctor.test_memory import SIZES

ROOT = Path(__file__).parents[2]
TRAIN = {"steps": 6, "images": 4, "answers": 2, "least": 2, "max_tokens": 20, "kl": 0.1, "validate_every": 3,
         "validate_answers": 1}  # fmt: skip
SLOW = Accelerator("slow", "", 1, 1e-9 / COMPUTE_SHARE, 1e-6 / BANDWIDTH_SHARE, "")
"""A thousand operations a second and a thousand bytes a second."""


def settings(launch: dict | None = None, **train: object) -> Settings:
    return check_settings({"train": TRAIN | train, "launch": launch or {}})


def test_a_run_is_counted_as_by_hand() -> None:
    counts = count_training(settings(), SIZES, training=100, validation=8)
    assert (counts.batches, counts.validations) == (6, 3)
    # 4 prompts of 7 + 3 tokens and 8 answers of 20 in each of 6 batches
    assert counts.rollout.forward == 6 * (4 * 10 + 8 * 20)
    assert (counts.rollout.predicted, counts.rollout.steps) == (6 * 8 * 20, 6 * 20)
    assert counts.rollout.past == 6 * 8 * 20 * (10 + 10)
    # prompt and image once for two answers, the last token of the prompt with each of them
    assert counts.reference.forward == counts.update.forward == counts.update.backward == 6 * 4 * (9 + 2 * 20)
    assert (counts.validation.forward, counts.validation.steps) == (3 * 8 * (10 + 20), 3 * 20)
    assert counts.answers == 6 * 8 + 3 * 8
    assert counts.opened == 6 * 4 + 3 * 8


def test_validation_images_are_answered_in_parts() -> None:
    counts = count_training(settings(), SIZES, training=100, validation=100)
    assert (counts.validation.forward, counts.validation.steps) == (3 * 100 * (10 + 20), 3 * 2 * 20)


def test_a_frozen_tower_runs_once_for_an_image_and_its_mirror_image_or_else_in_every_pass() -> None:
    assert count_training(settings(steps=600), SIZES, 100, 8).rollout.towers == 200
    few = count_training(settings(), SIZES, 100, 8)
    assert (few.rollout.towers, few.reference.towers, few.update.towers) == (24, 0, 0)
    learning = count_training(settings(freeze_vision=False), SIZES, 100, 8)
    assert (learning.rollout.towers, learning.reference.towers, learning.update.towers_backward) == (24, 24, 24)


def test_processes_share_the_images_and_batches_that_last_are_fewer() -> None:
    one, two = (count_training(settings(launch), SIZES, 100, 8) for launch in ({}, {"engine": "ddp", "processes": 2}))
    assert (two.rollout.forward, two.update.backward) == (one.rollout.forward / 2, one.update.backward / 2)
    assert (two.answers, two.opened) == (one.answers, one.opened)
    lasting = count_training(settings(iterations=3), SIZES, 100, 8)
    assert (lasting.batches, lasting.rollout.steps) == (2, 40)
    assert lasting.update.backward == one.update.backward
    assert lasting.reference.forward == 2 * one.reference.forward / 3  # the old policy is asked beside the reference


def test_hours_are_operations_bytes_and_launches() -> None:
    plan = settings()
    counts = count_training(plan, SIZES, 100, 8)
    language = 4 * (10 * (2 * 10 + 2 * 5) + 3 * 10 * 30)
    assert SIZES.language_weights == language
    told = estimate_hours(plan, SIZES, counts, SLOW)
    # attention over (10 + 20) / 2 tokens; gradients of activations and of weights; a head of 10 x 50
    token = 2 * language + 4 * 4 * 10 * 15
    assert told.update == pytest.approx((counts.update.forward * 3 * token + 960 * 3 * 1000) / 1000 / 3600)
    fast = replace(SLOW, compute=1e9, bandwidth=1e9)
    assert estimate_hours(plan, SIZES, counts, fast).rollout == pytest.approx(120 * 4 * LAUNCH / 3600)
    reading = replace(SLOW, compute=1e9)
    read = 120 * 2 * (language + 500) + 2 * 4 * 5 * 2 * counts.rollout.past
    assert estimate_hours(plan, SIZES, counts, reading).rollout == pytest.approx(read / 1000 / 3600)
    assert told.total == pytest.approx(told.rollout + told.reward + told.reference + told.update + told.validation)
    assert told.validation_share == told.validation / told.total


def test_an_adapter_needs_no_gradients_of_weights_and_checkpointing_another_pass() -> None:
    def update(**train: object) -> float:
        plan = settings(**train)
        return estimate_hours(plan, SIZES, count_training(plan, SIZES, 100, 8), SLOW).update

    assert update(lora_rank=4) == pytest.approx(update() * 2 / 3)
    plain, again = (count_training(settings(gradient_checkpointing=on), SIZES, 100, 8).update for on in (False, True))
    assert (again.forward, again.backward) == (2 * plain.forward, plain.backward)


def test_every_gpu_says_where_its_figures_come_from() -> None:
    assert list(accelerators()) == ["h200", "h100", "a100-80", "a100-40", "l40s", "rtx4090"]
    assert all(gpu.source and 20 < gpu.memory < 150 for gpu in accelerators().values())


def test_sizes_of_datasets_are_those_of_the_manifest_or_else_as_published(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    named = {"ingest": {"datasets": {"kadid10k": {"source": "elsewhere"}, "spaq": {"source": "sample"}}}}
    plan = check_settings(named | {"sample": {"contents": 101, "versions": 5}, "normalize": {"val": 0.1, "test": 0.2}})
    published = images_of(plan, workspace)
    assert (published.training, published.validation) == (round(0.7 * 10_630), round(0.1 * 10_630))
    write_data(workspace)
    table = pd.read_parquet(workspace.manifest)
    known = images_of(plan, workspace)
    assert known.source == "data/normalized"
    assert known.training == (table["split"] == "train").sum()
    assert known.validation == (table["split"] == "val").sum()


def doctor(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mgiqa", "doctor", "--root", str(ROOT), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_verb_tells_hours_for_a_kind_of_gpu() -> None:
    told = json.loads(doctor("--preset", "qwen2.5-vl-3b-lora", "--gpu", "h200", "--json").stdout)
    phases = ["rollout", "reward", "reference", "update", "validation", "images", "total", "share of validation"]
    assert list(told["hours"]) == phases
    assert 0 < told["hours"]["share of validation"] < 1


def test_a_gpu_that_is_not_known_and_a_flag_that_overrules_another_are_refused() -> None:
    unknown = doctor("--preset", "qwen2.5-vl-3b-lora", "--gpu", "v100")
    assert unknown.returncode == 2
    assert "h200" in unknown.stderr
    assert doctor("--gpu", "h200", "--gpu-memory", "80").returncode == 2
