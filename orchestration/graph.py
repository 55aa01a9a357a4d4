"""The graph, read from ``dvc.yaml``: one record per stage as DVC resolves it, so nothing of it is written twice."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import dagster as dg
from dvc.dependency.param import ParamsDependency
from dvc.dvcfile import PROJECT_FILE
from dvc.repo import Repo
from dvc.stage import PipelineStage

from mgiqa.names import verify_name
from mgiqa.workspace import Workspace
from orchestration.versions import LOCK, code_version, made_by_stage

_IGNORED = ".dvcignore"


@dataclass(frozen=True)
class Node:
    """One resolved stage.

    Attributes:
        name: as DVC calls it, for example ``ingest@spaq``.
        command: what DVC runs.
        description: ``desc`` of dvc.yaml.
        hints: ``meta`` of dvc.yaml: asset, group, gpu, kinds.
        upstream: names of the stages whose outputs it reads.
        outputs: paths relative to the root.
        code_version: of the files as they are now.
    """

    name: str
    command: str
    description: str
    hints: Mapping[str, Any]
    upstream: tuple[str, ...]
    outputs: tuple[str, ...]
    code_version: str

    @property
    def verb(self) -> str:
        """The stage without its item: ``ingest`` of ``ingest@spaq``."""
        return self.name.partition("@")[0]

    @property
    def item(self) -> str:
        """What it runs for: ``spaq`` of ``ingest@spaq``; empty for a stage that runs once."""
        return self.name.partition("@")[2]

    @property
    def key(self) -> dg.AssetKey:
        """The asset that it makes: the noun of ``meta``, then the item."""
        parts = [str(self.hints.get("asset", self.verb)), *([self.item] if self.item else [])]
        return dg.AssetKey([re.sub(r"\W", "_", part) for part in parts])

    @property
    def group(self) -> str:
        return str(self.hints.get("group", "pipeline"))


def read_graph(root: Path) -> tuple[Node, ...]:
    """Reads ``dvc.yaml`` of ``root`` with all its variables resolved, in the order of the file."""
    repo = open_repo(root)
    stages = pipeline_stages(repo)
    made = [out.def_path for stage in stages.values() for out in stage.outs]
    return tuple(_node(stage, repo.index.graph, made) for stage in stages.values())


def open_repo(root: Path) -> Repo:
    """The repository, with its files as they are now: Dagster asks for the same graph several times per process."""
    files = (root / PROJECT_FILE, root / LOCK, root / _IGNORED, Workspace(root).params)
    return _opened(root, tuple(_stamp(path) for path in files))


@lru_cache(maxsize=1)
def _opened(root: Path, stamps: tuple[tuple[int, int], ...]) -> Repo:
    """The repository as long as its files keep their stamps: parsing them is most of the work."""
    return Repo(str(root))


def _stamp(path: Path) -> tuple[int, int]:
    return (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else (0, 0)


def pipeline_stages(repo: Repo) -> dict[str, PipelineStage]:
    """Name → stage, in the order of ``dvc.yaml``; what was added by ``dvc add`` has no name and is left out."""
    return {stage.name: stage for stage in repo.index.stages if isinstance(stage, PipelineStage)}


def _node(stage: PipelineStage, graph: Any, made: list[str]) -> Node:
    if item := stage.name.partition("@")[2]:
        verify_name("dataset", item)  # `dvc repro` empties a folder of that name before its stage can refuse it
    parameters: dict[str, Any] = {}
    sources: dict[str, str | None] = {}
    for dep in stage.deps:
        if isinstance(dep, ParamsDependency):
            parameters |= dep.read_params()
        elif not made_by_stage(dep.def_path, made):
            sources[dep.def_path] = dep.get_hash().value if dep.exists else None
    return Node(
        name=stage.name,
        command=stage.cmd,
        description=stage.desc or "",
        hints=stage.meta or {},
        upstream=tuple(sorted(up.name for up in graph.successors(stage) if isinstance(up, PipelineStage))),
        outputs=tuple(out.def_path for out in stage.outs),
        code_version=code_version(stage.cmd, parameters, sources),
    )
