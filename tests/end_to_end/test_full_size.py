"""The stages with a folder in the form of the published models: their vocabulary, template, image settings, defaults.

Its widths are small, and it knows three answers by heart, as a published model knows how to answer.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer, GenerationConfig

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import write_answer
from mgiqa.execution.runner import run_stage
from mgiqa.models.digest import model_digest
from mgiqa.pipeline import STAGES
from mgiqa.records import Summary
from mgiqa.scoring.scorer import Scorer
from mgiqa.training.grpo.checkpoints import COMPLETE
from mgiqa.workspace import Workspace
from tests.published_model import END_OF_TEXT, END_OF_TURN, write_published

pytestmark = pytest.mark.slow

DATASETS = ("agiqa3k", "spaq")
SAID = (1.2, 2.8, 4.6)
TOKENS = 96
SETTINGS = {
    "seed": 0,
    "sample": {"contents": 12, "versions": 1},
    "ingest": {"datasets": {name: {"source": "sample"} for name in DATASETS}},
    "normalize": {"val": 0.2, "test": 0.2},
    "base": {"max_pixels": 112 * 112},
    "warmup": {"steps": 1, "batch": 2, "optimizer": "adamw", "learning_rate": 1e-6, "min_parsed": 0.5},
    "train": {
        "steps": 2, "images": 6, "least": 3, "answers": 2, "max_tokens": TOKENS, "learning_rate": 1e-3, "lora_rank": 2,
        "validate_every": 1, "validate_answers": 1,
    },
    "evaluate": {"answers": 1, "temperature": 0, "max_tokens": TOKENS, "resamples": 100, "max_failures": 0.5},
}  # fmt: skip
WAIT = 600.0


@pytest.fixture(scope="module")
def warm(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """After all that comes before training."""
    root = tmp_path_factory.mktemp("full")
    answers = [write_answer(dict.fromkeys(KEYS, score), dict.fromkeys(KEYS, "fair.")) for score in SAID]
    folder = write_published(root / "published", real_data, answers=answers)
    settings = SETTINGS | {"base": SETTINGS["base"] | {"model": str(folder)}}
    (root / "params.yaml").write_text(yaml.safe_dump(settings))
    for dataset in DATASETS:
        for stage in ("ingest", "validate"):
            run_stage(stage, Workspace(root), dataset)
    for stage in ("normalize", "base", "warmup"):
        run_stage(stage, Workspace(root))
    return Workspace(root)


def killed_after_a_checkpoint(workspace: Workspace) -> None:
    """Starts a training and kills it when its first checkpoint is complete."""
    command = [sys.executable, "-m", "mgiqa", "train", "--root", str(workspace.root)]
    with (workspace.root / "train.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=workspace.root)
    begun = time.monotonic()
    while not list(workspace.root.glob(f".work/train-*/checkpoint-1/{COMPLETE}")):
        assert process.poll() is None, (workspace.root / "train.log").read_text()
        assert time.monotonic() - begun < WAIT
        time.sleep(0.02)
    process.kill()
    assert process.wait() == -signal.SIGKILL


@pytest.fixture(scope="module")
def trained(warm: Workspace) -> tuple[Workspace, Path]:
    """After training, twice: once killed and gone on with, and before that undisturbed, which was put aside."""
    run_stage("train", warm)
    aside = warm.root / "undisturbed"
    warm.model("policy").rename(aside)
    killed_after_a_checkpoint(warm)
    assert not warm.model("policy").exists()
    run_stage("train", warm)
    return warm, aside


@pytest.fixture(scope="module")
def finished(trained: tuple[Workspace, Path]) -> Workspace:
    """After all stages."""
    for stage in ("evaluate", "report", "register"):
        run_stage(stage, trained[0])
    return trained[0]


def test_every_stage_passes_its_checks(finished: Workspace) -> None:
    for stage in STAGES.values():
        for dataset in DATASETS if stage.per_dataset else ("",):
            summary = Summary.read(finished.data / stage.output.format(dataset=dataset))
            assert [check.name for check in summary.checks] == list(stage.checks)
            assert summary.blocked == []


def test_a_killed_training_ends_with_the_bytes_of_one_that_nobody_disturbed(trained: tuple[Workspace, Path]) -> None:
    workspace, aside = trained
    policy = workspace.model("policy")
    assert model_digest(policy) == model_digest(aside)
    for name in ("history.csv", "validation_scores.csv", "samples.jsonl"):
        assert (policy / name).read_bytes() == (aside / name).read_bytes(), name
    rewards = (policy / "history.csv").read_text().splitlines()
    assert len(rewards) == 1 + SETTINGS["train"]["steps"]


@pytest.mark.parametrize("name", ["base", "warmup", "policy"])
def test_every_folder_is_loaded_by_others_under_the_classes_of_transformers(finished: Workspace, name: str) -> None:
    folder = finished.model(name)
    model, keys = AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True)
    assert not any(keys.values())
    assert model.config.architectures == ["Qwen2_5_VLForConditionalGeneration"]
    defaults = GenerationConfig.from_pretrained(folder)
    assert defaults.eos_token_id == [END_OF_TURN, END_OF_TEXT]
    assert defaults.repetition_penalty in (None, 1.0)
    assert AutoTokenizer.from_pretrained(folder).eos_token_id == END_OF_TURN
    images = AutoImageProcessor.from_pretrained(folder, backend="pil")
    assert images.size["longest_edge"] == 112 * 112


def test_the_policy_scores_a_photo(finished: Workspace) -> None:
    photo = next(finished.raw("spaq").rglob("*.jpg"))
    (score,) = Scorer(finished.model("policy"), device="cpu").score([photo], max_tokens=TOKENS)
    assert 1 <= score.overall <= 5
    assert all("<|" not in text for text in score.texts)
