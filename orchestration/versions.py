"""What makes Dagster's stale marks agree with ``dvc status``: versions built from the very facts that DVC compares.

An asset's code version stands for the command, the parameters and the sources of its stage; its data version is the
hash of its output. Both are functions of plain values, so that they can be computed alike from the files as they are
now and from what ``dvc.lock`` recorded when the stage last ran.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML

LOCK = "dvc.lock"


@dataclass(frozen=True)
class Recorded:
    """One stage as ``dvc.lock`` has it.

    Attributes:
        command: what was run.
        parameters: dotted name → value.
        dependencies: path → hash, for sources and for outputs of other stages.
        outputs: path → hash.
    """

    command: Any
    parameters: Mapping[str, Any]
    dependencies: Mapping[str, str]
    outputs: Mapping[str, str]

    def code_version(self, outputs_of_stages: Iterable[str]) -> str:
        """The code version that the recorded run had; see ``code_version``."""
        made = list(outputs_of_stages)
        sources = {path: value for path, value in self.dependencies.items() if not made_by_stage(path, made)}
        return code_version(self.command, self.parameters, sources)

    @property
    def data_version(self) -> str:
        return data_version(self.outputs)


def code_version(command: Any, parameters: Mapping[str, Any], sources: Mapping[str, str | None]) -> str:
    """Hash of what, besides the outputs of other stages, decides whether DVC runs a stage again.

    Args:
        command: the command, with its variables resolved.
        parameters: dotted name → value.
        sources: path → hash of every dependency that no stage makes; None where it is missing.
    """
    text = json.dumps([command, dict(parameters), dict(sources)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def data_version(outputs: Mapping[str, str]) -> str:
    """DVC's hash of the output; for several outputs, a hash of theirs."""
    if len(outputs) == 1:
        return next(iter(outputs.values()))
    return hashlib.sha256(json.dumps(dict(outputs), sort_keys=True).encode()).hexdigest()[:32]


def made_by_stage(path: str, outputs: Iterable[str]) -> bool:
    """Whether ``path`` is an output of a stage, lies in one, or holds one."""
    here = PurePosixPath(path)
    return any(here.is_relative_to(output) or PurePosixPath(output).is_relative_to(here) for output in outputs)


def read_lock(root: Path) -> dict[str, Recorded]:
    """Reads ``dvc.lock``: name of a stage → what was recorded of it; empty where nothing was recorded yet."""
    path = root / LOCK
    content = YAML(typ="safe").load(path.read_text(encoding="utf-8")) if path.is_file() else None
    return {name: _recorded(entry) for name, entry in ((content or {}).get("stages") or {}).items()}


def _recorded(entry: Mapping[str, Any]) -> Recorded:
    parameters = {name: value for file in entry.get("params", {}).values() for name, value in file.items()}
    dependencies = {item["path"]: item.get("md5", "") for item in entry.get("deps", ())}
    outputs = {item["path"]: item.get("md5", "") for item in entry.get("outs", ())}
    return Recorded(entry.get("cmd"), parameters, dependencies, outputs)
