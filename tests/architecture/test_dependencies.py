"""dvc.yaml names what each stage depends on, no less and no more: held against the code itself, both ways.

A file that is missing there leaves a stale result after an edit; one too many makes a stage run again for nothing.
"""

import fnmatch
from pathlib import Path

import pytest
import yaml

from mgiqa.pipeline import STAGES
from tests.architecture.closure import (
    ROOT,
    called,
    files_of,
    is_bare,
    reached,
    sections_of,
    settings_read,
)

DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))

NO_INFLUENCE = {
    "mgiqa": "loads nothing before it is asked for",
    "mgiqa.errors": "says why there is no result",
    "mgiqa.names": "says what is no name, or nothing",
    "mgiqa.system": "says why there is no result",
    "mgiqa.cores": "how many threads compute, and how they wait",
    "mgiqa.records": "carries values from where they are made to where they are used, and to people",
    "mgiqa.workspace": "says where results lie, which the outputs of dvc.yaml say too",
    "mgiqa.settings*": "checks values; those stand in `params`, and their defaults in the files of the sections",
    "mgiqa.execution.inputs": "lets a stage begin and end, or not",
    "mgiqa.execution.work": "names the folder that checkpoints lie in",
    "mgiqa.progress": "shows how far it is",
    "mgiqa.parallel": "works on several files at a time, and ahead; the order is that of one after the other",
    "mgiqa.doctor*": "says that memory may not do",
}
"""What cannot change a result, and why; it is followed no further."""
RECORDED = {"mgiqa.registry*": "train, too, writes down what it does; where and how does not change the weights"}
"""The same for a stage that does not make it its subject: all but ``register``."""
WIDER = {("register", "mgiqa/registry"): "registers again in seconds, and finds the version that has the same bytes"}
"""Folders that a stage names though it does not import all of them."""
SETTINGS_WITHOUT_INFLUENCE = {
    "ingest.workers": "how many files are read at a time",
    "ingest.max_unpacked": "refuses a source, or does not",
}
SETTINGS_WRITTEN_DOWN = {"mgiqa.registry.runs": "copies all settings into a run, and does nothing by them"}


def body(stage: str) -> dict:
    return DVC[stage].get("do", DVC[stage])


def parameters(stage: str) -> set[str]:
    return {name.removesuffix(".${key}") for name in body(stage)["params"]}


def named_files(stage: str) -> set[Path]:
    """Files of mgiqa/ below the dependencies of a stage."""
    paths = [ROOT / name for name in body(stage)["deps"] if name.startswith("mgiqa/")]
    files = {file for path in paths for file in ([path] if path.is_file() else path.rglob("*"))}
    return {file for file in files if file.is_file() and file.suffix != ".pyc" and not is_bare(file)}


def imported(stage: str) -> set[str]:
    without = {**NO_INFLUENCE, **({} if stage == "register" else RECORDED)}
    sections = {section.__module__ for parameter in parameters(stage) for section in sections_of(parameter)}
    return reached({f"mgiqa.stages.{stage}", *sections}, without)


def shown(files: set[Path]) -> list[str]:
    return sorted(str(file.relative_to(ROOT)) for file in files)


@pytest.mark.parametrize("stage", STAGES)
def test_what_a_stage_imports_is_a_dependency(stage: str) -> None:
    assert shown(files_of(imported(stage)) - named_files(stage)) == []


@pytest.mark.parametrize("stage", STAGES)
def test_what_a_stage_does_not_import_is_no_dependency(stage: str) -> None:
    wider = {file for name, folder in WIDER if name == stage for file in (ROOT / folder).rglob("*")}
    assert shown(named_files(stage) - files_of(imported(stage)) - wider) == []


@pytest.mark.parametrize("stage", STAGES)
def test_the_settings_that_a_stage_reads_are_its_parameters_and_no_others(stage: str) -> None:
    modules = imported(stage) - set(SETTINGS_WRITTEN_DOWN)
    read = {name for module in modules for name in settings_read(module)} - set(SETTINGS_WITHOUT_INFLUENCE)
    if STAGES[stage].shared:
        read.add("launch")  # by whoever starts its processes
    known = parameters(stage)
    assert {name for name in read if not any(f"{name}.".startswith(f"{one}.") for one in known)} == set(), "not named"
    assert {one for one in known if not any(f"{name}.".startswith(f"{one}.") for name in read)} == set(), "not read"


def test_a_parameter_that_is_no_section_stands_in_params() -> None:
    """DVC refuses a stage whose parameter is missing there, and no file of defaults stands in for it."""
    for stage in STAGES:
        for parameter in parameters(stage):
            here = PARAMS
            for part in parameter.split("."):
                assert part in here, f"{stage}: {parameter}"
                here = here[part]


def test_every_exemption_exempts_something() -> None:
    everything = {module for stage in STAGES for module in reached({f"mgiqa.stages.{stage}"}, ())}
    for pattern in (*NO_INFLUENCE, *RECORDED, *SETTINGS_WRITTEN_DOWN):
        assert fnmatch.filter(everything, pattern), pattern
    read = {name for module in everything for name in settings_read(module)}
    assert set(SETTINGS_WITHOUT_INFLUENCE) <= read


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_names_in_its_code_what_it_imports(stage: str) -> None:
    """A name that is put together while it runs would be seen by nobody."""
    calls = {name for module in imported(stage) for name in called(module)}
    assert not calls & {"__import__", "import_module", "importlib.import_module"}
