"""Every preset is dry-run: parsed, built at its real sizes, and found without a fault but for the hardware."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mgiqa.doctor.diagnostics import diagnose
from mgiqa.doctor.memory import GIB
from mgiqa.settings import check_settings, read_settings
from mgiqa.settings.presets import Preset, list_presets, with_preset

ROOT = Path(__file__).parents[2]
PRESETS = list_presets(ROOT)
LARGE = [preset for preset in PRESETS if preset.values.get("base", {}).get("model", "tiny") != "tiny"]


def settings_of(preset: Preset):
    return check_settings(with_preset(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")), preset))


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_no_preset_has_a_fault_that_is_not_about_the_hardware(preset: Preset) -> None:
    found = diagnose(settings_of(preset), ROOT)
    assert [str(fault) for fault in found.faults if fault.topic != "hardware"] == []


@pytest.mark.parametrize("preset", LARGE, ids=lambda preset: preset.name)
def test_a_preset_fits_the_hardware_that_it_names_and_says_what_the_estimate_says(preset: Preset) -> None:
    settings = settings_of(preset)
    gpus, size = re.match(r"(\d+) GPUs? of (\d+) GB", preset.about["hardware"]).groups()
    assert int(gpus) == settings.launch.processes
    found = diagnose(settings, ROOT, planned=float(size) * 1e9)
    assert found.faults == ()
    said = float(re.match(r"about (\d+) GiB", preset.about["memory"]).group(1))
    assert said == round(max(need.total for need in found.needs.values()) / GIB)


def test_the_presets_are_those_that_are_promised() -> None:
    assert {preset.name for preset in PRESETS} >= {
        "tiny-cpu", "avt", "smolvlm-256m", "qwen2.5-vl-3b-lora", "qwen2.5-vl-7b", "qwen2.5-vl-7b-lora", "qwen3-vl-4b",
        "visualquality-r1-parity", "q-insight-parity",
    }  # fmt: skip


def test_parity_presets_use_the_reward_as_published() -> None:
    values = {preset.name: preset.values["train"] for preset in PRESETS if preset.name.endswith("-parity")}
    assert values["visualquality-r1-parity"]["reward"] == "visualquality_r1:code"
    assert values["q-insight-parity"]["reward"] == "q_insight:paper"
    assert {train["attributes"] for train in values.values()} == {"overall"}


def test_the_shipped_settings_have_no_fault() -> None:
    found = diagnose(read_settings(ROOT / "params.yaml"), ROOT, machine=True)
    assert [str(fault) for fault in found.faults if fault.stops] == []


def doctor(root: Path, *arguments: str, code: int) -> str:
    command = [sys.executable, "-m", "mgiqa", "doctor", "--root", str(root), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    for folder in ("presets", "launch"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def change(checkout: Path, values: dict[str, Any]) -> None:
    params = checkout / "params.yaml"
    content = yaml.safe_load(params.read_text(encoding="utf-8"))
    params.write_text(yaml.safe_dump(with_preset(content, Preset("change", {}, values))), encoding="utf-8")


def test_the_verb_names_every_fault_at_once_and_ends_with_one(checkout: Path) -> None:
    change(checkout, {"train": {"accumulate": 3, "vllm": "server", "reward": "l2"}})
    faults = json.loads(doctor(checkout, "--json", code=1))["faults"]
    assert len([fault for fault in faults if fault["stops"]]) == 3
    shown = " ".join(doctor(checkout, code=1).split())
    assert "Choose one of mg_thurstone" in shown
    assert "Make train.images a multiple of 3." in shown


def test_the_verb_ends_with_zero_where_nothing_stops_a_run(checkout: Path) -> None:
    told = json.loads(doctor(checkout, "--preset", "qwen2.5-vl-7b", "--gpu-memory", "80", "--json", code=0))
    assert told["model"]["parameters"] == 8_292_166_656
    assert told["memory"]["train"]["total"] > told["memory"]["train"]["weights"] > 0
    assert told["faults"] == []
