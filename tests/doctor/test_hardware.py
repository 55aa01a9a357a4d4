import shutil
from pathlib import Path
from typing import Any

from mgiqa.doctor.hardware import Gpu, disk_faults, gpu_faults
from mgiqa.doctor.memory import GIB, Need
from mgiqa.doctor.model import configuration_of, subject_of
from mgiqa.settings import check_settings

HUB = {"model": "Qwen/Qwen2.5-VL-7B-Instruct", "revision": "cc594898137f460bfe9f0759e9844b3ce807cfb5"}
NEED = {"train": Need(20 * GIB, 0, 0, 0, 0, 0, 0, 8.5 * GIB, 0)}  # 30 GiB with the context


def faults(here: list[Gpu], planned: float | None = None, **sections: Any) -> list[str]:
    settings = check_settings({"base": HUB, **sections})
    return [str(fault) for fault in gpu_faults(settings, NEED, here, planned)]


def gpu(total: float, free: float) -> Gpu:
    return Gpu("card", int(total * GIB), int(free * GIB))


def test_memory_enough_is_no_fault() -> None:
    assert faults([gpu(40, 39)]) == []
    assert faults([], planned=31 * GIB) == []


def test_too_few_gpus_are_counted() -> None:
    two = {"launch": {"engine": "ddp", "processes": 4, "machines": 2}}
    assert (
        "2 GPUs of at least 30 GiB are needed on this machine, and one GPU is here" in faults([gpu(80, 80)], **two)[0]
    )
    assert "one GPU of at least 30 GiB is needed on this machine, and none is here" in faults([])[0]


def test_too_little_memory_says_how_to_need_less() -> None:
    (fault,) = faults([gpu(24, 24)])
    assert "train needs about 30 GiB per GPU, and card has 24 GiB" in fault
    assert "raise train.accumulate above 1" in fault
    assert "set train.lora_rank" in fault
    (fault,) = faults(
        [], planned=24 * GIB, launch={"engine": "fsdp", "processes": 2}, train={"lora_rank": 4, "averaging": 0}
    )
    assert "fsdp" not in fault
    assert "lora_rank" not in fault


def test_memory_that_another_program_holds_is_told_from_memory_that_is_not_there() -> None:
    (fault,) = faults([gpu(40, 10)])
    assert "10 of 40 GiB are free" in fault
    assert "Wait for the other program" in fault


def test_the_small_model_needs_no_gpu() -> None:
    assert list(gpu_faults(check_settings({}), NEED, [], None)) == []


def test_a_disk_that_cannot_hold_the_models_is_a_fault(tmp_path: Path) -> None:
    small = check_settings({})
    assert list(disk_faults(small, subject_of(small.base, configuration_of(small.base)), tmp_path)) == []
    # 8.3 billion weights of 4 bytes, three models and two checkpoints of three times their size: 278 GiB
    large = check_settings({"base": HUB})
    found = list(disk_faults(large, subject_of(large.base, configuration_of(large.base)), tmp_path))
    assert bool(found) == (shutil.disk_usage(tmp_path).free < 8_292_166_656 * 4 * 9)
    assert all("about 278 GiB" in fault.what for fault in found)
