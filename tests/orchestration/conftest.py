"""A real DVC pipeline of four short stages: the mechanics of the orchestration, without the minutes of training."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from mgiqa.registry.pages import note_pages
from mgiqa.workspace import Workspace
from orchestration.components.dvc_pipeline import DvcPipeline

DVC_YAML = """
stages:
  ingest:
    foreach: ${ingest.datasets}
    do:
      desc: Bring ${key} in
      cmd: python code/ingest.py data/raw/${key}
      deps: [code/ingest.py]
      params: ["ingest.datasets.${key}"]
      outs:
        - data/raw/${key}
      meta: {asset: raw_dataset, group: data, kinds: [dataset]}
  normalize:
    desc: Bring all to one scale
    cmd: python code/normalize.py data/normalized
    deps: [data/raw, code/normalize.py]
    params: [seed]
    outs:
      - data/normalized
    meta: {asset: aligned_scores, group: data}
  train:
    desc: Learn
    cmd: python code/train.py data/models/policy
    deps: [data/normalized, code/train.py]
    params: [train]
    outs:
      - data/models/policy
    meta: {asset: policy, group: training, gpu: true}
"""
PARAMS = """
seed: 0
ingest:
  datasets:
    spaq: {source: sample}
    para: {source: sample}
train: {steps: 5}
"""
PROGRAM = """
import base64, sys
from pathlib import Path
from mgiqa.records import Check, Summary

out = Path(sys.argv[1])
out.mkdir(parents=True)
print("at work on", out)
(out / "params.txt").write_text(Path("params.yaml").read_text())
(out / "plot.png").write_bytes(base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="))
Summary(
    "VERB",
    facts={"rows": 24, "share": 0.25, "SRCC": 5 / 6, "rate": 1 / 3e4, "note": None, "digest": "d" * 64},
    tables={
        "Per attribute": [{"attribute": "noise", "srcc": 0.5}, {"attribute": "overall", "srcc": None}],
        "Set aside": [{"reason": "its image is missing", "rows": 2, "share": 1 / 12, "first": "a.png"}],
    },
    checks=tuple(Check(name, PASSED, f"{name} was looked at", tables=("Set aside",)) for name in CHECKS),
    plots={"Reward": "plot.png"},
    pages={"Report": "report.html"},
).write(out)
"""
CHECKS = {
    "ingest": ["files_complete"],
    "normalize": ["splits_disjoint", "scale_invertible"],
    "train": ["reward_finite", "scores_spread"],
}


@dataclass(frozen=True)
class Pipeline:
    """A workspace with a small pipeline.

    Attributes:
        root: its folder.
    """

    root: Path

    def write_program(self, verb: str, passed: bool = True, extra: str = "") -> None:
        """Writes the program of a stage, which is its only source."""
        program = PROGRAM.replace("VERB", verb).replace("PASSED", str(passed)).replace("CHECKS", repr(CHECKS[verb]))
        (self.root / "code" / f"{verb}.py").write_text(program + extra, encoding="utf-8")

    def replace_program(self, verb: str, program: str) -> None:
        (self.root / "code" / f"{verb}.py").write_text(program, encoding="utf-8")

    def edit_params(self, old: str, new: str) -> None:
        text = (self.root / "params.yaml").read_text(encoding="utf-8")
        assert old in text
        (self.root / "params.yaml").write_text(text.replace(old, new), encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def dvc(self, *arguments: str, code: int = 0) -> str:
        """Runs DVC and returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "dvc", *arguments],
            cwd=self.root,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def definitions(self) -> dg.Definitions:
        """Assets as Dagster would load them now."""
        return DvcPipeline(root=str(self.root), retried_groups=["data"]).build_defs()

    def materialize(self, instance: dg.DagsterInstance, selection: str | None = None) -> dg.ExecuteInProcessResult:
        """Materializes assets in this process; a failure is in the result, not raised."""
        assets = list(self.definitions().resolve_asset_graph().assets_defs)
        return dg.materialize(assets, instance=instance, selection=selection, raise_on_error=False)


@pytest.fixture(scope="session")
def finished_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Made by ``dvc repro``; to be copied, not changed."""
    pipeline = Pipeline(tmp_path_factory.mktemp("finished") / "workspace")
    (pipeline.root / "code").mkdir(parents=True)
    (pipeline.root / "dvc.yaml").write_text(DVC_YAML, encoding="utf-8")
    (pipeline.root / "params.yaml").write_text(PARAMS, encoding="utf-8")
    for verb in CHECKS:
        pipeline.write_program(verb)
    pipeline.dvc("init", "-q", "--no-scm")
    pipeline.dvc("repro")
    note_pages(Workspace(pipeline.root), "d" * 64, {"MLflow run": "#/experiments/1/runs/abc"})
    return pipeline


@pytest.fixture
def finished(finished_pipeline: Pipeline, tmp_path: Path) -> Pipeline:
    """A copy of the pipeline after ``dvc repro``."""
    shutil.copytree(finished_pipeline.root, tmp_path / "workspace", symlinks=True)
    return Pipeline(tmp_path / "workspace")


@pytest.fixture
def fresh(finished: Pipeline) -> Pipeline:
    """A copy in which nothing has run yet."""
    shutil.rmtree(finished.root / "data")
    shutil.rmtree(finished.root / ".dvc" / "cache")
    (finished.root / "dvc.lock").unlink()
    return finished


@dataclass(frozen=True)
class Settled:
    """Dagster after it has materialized what ``dvc repro`` had finished.

    Attributes:
        instance: remembers the events.
        result: the materialization.
    """

    instance: dg.DagsterInstance
    result: dg.ExecuteInProcessResult


@pytest.fixture(scope="session")
def settled(finished_pipeline: Pipeline) -> Iterator[Settled]:
    """To be looked at, not to be materialized into; what it knows fits every copy of the finished pipeline."""
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield Settled(ephemeral, finished_pipeline.materialize(ephemeral))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster that remembers nothing afterwards."""
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral
