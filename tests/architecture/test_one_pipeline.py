"""One word per stage: the table of stages, the command line, dvc.yaml, params.yaml and the modules agree."""

import importlib.util
from pathlib import Path

import typer
import yaml

from mgiqa.cli import app
from mgiqa.pipeline import STAGES
from mgiqa.settings import read_settings
from mgiqa.workspace import Workspace

ROOT = Path(__file__).parents[2]
DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def body(name: str) -> dict:
    return DVC[name].get("do", DVC[name])


def test_dvc_runs_the_stages_in_their_order() -> None:
    assert list(DVC) == list(STAGES)


def test_every_stage_is_a_verb() -> None:
    assert set(STAGES) <= set(typer.main.get_command(app).commands)


def test_every_stage_has_a_module_of_its_name() -> None:
    for name in STAGES:
        assert importlib.util.find_spec(f"mgiqa.stages.{name}"), name


def test_dvc_calls_the_verb_and_keeps_its_output() -> None:
    for name, stage in STAGES.items():
        dataset = r'"\${DVC_STAGE##*@}"' if stage.per_dataset else ""
        assert body(name)["cmd"] == f"exec python -m mgiqa {name} {dataset}".strip()
        assert body(name)["outs"] == [f"data/{stage.output.format(dataset='${key}')}"]


def test_every_dependency_exists_or_is_made_by_a_stage() -> None:
    made = [body(name)["outs"][0].replace("/${key}", "") for name in DVC]
    for name in DVC:
        for dependency in body(name)["deps"]:
            path = dependency.replace("/${key}", "")
            assert (ROOT / path).exists() or path in made, f"{name}: {dependency}"


def test_a_change_of_its_section_re_runs_a_stage() -> None:
    for name in STAGES:
        sections = [parameter.split(".")[0] for parameter in body(name)["params"]]
        assert name in sections, f"{name} does not depend on its own section of params.yaml"


def test_the_shipped_settings_are_read() -> None:
    assert list(read_settings(Workspace(ROOT).params).ingest.datasets) == ["kadid10k", "spaq", "agiqa3k", "para"]
