from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path

import pytest

from mgiqa.doctor.machine import launcher_faults, machine_faults
from mgiqa.settings import check_settings

ROOT = Path(__file__).parents[2]


def test_a_machine_that_runs_these_tests_lacks_nothing_that_stops() -> None:
    assert requires("mgiqa")
    assert [str(fault) for fault in machine_faults() if fault.stops] == []


def test_a_tool_that_is_missing_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = list(machine_faults())
    assert {fault.what.split()[0] for fault in found} >= {"git", "chromium"}
    assert not any(fault.stops for fault in found)


def test_every_engine_has_its_file() -> None:
    for engine in ("ddp", "fsdp"):
        assert (
            list(
                launcher_faults(
                    check_settings({"launch": {"engine": engine, "processes": 2}, "train": {"averaging": 0}}), ROOT
                )
            )
            == []
        )


def test_an_engine_whose_file_is_gone_is_a_fault(tmp_path: Path) -> None:
    (fault,) = launcher_faults(check_settings({"launch": {"engine": "ddp", "processes": 2}}), tmp_path)
    assert "launch/ddp.yaml is not there" in fault.what


@pytest.mark.parametrize(
    ("package", "sections"),
    [
        ("deepspeed", {"launch": {"engine": "zero3", "processes": 2}, "train": {"averaging": 0}}),
        ("vllm", {"train": {"vllm": "server"}}),
    ],
)
def test_what_only_some_settings_use_is_asked_for_by_them_alone(package: str, sections: dict) -> None:
    assert list(launcher_faults(check_settings({}), ROOT)) == []
    found = [fault.what for fault in launcher_faults(check_settings(sections), ROOT)]
    assert len(found) == (find_spec(package) is None)
