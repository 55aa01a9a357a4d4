"""What a stage may start from: there, accepted, and unchanged until the end.

DVC records dependencies and parameters as they are when a command *ends* (treeverse/dvc#11058). Whoever edits a
setting during a long training would get a lock file that pairs the new setting with the old model. So a stage
remembers its inputs at the start and refuses to finish if they changed; DVC then records nothing.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mgiqa.errors import GateRefused, InputChanged
from mgiqa.records import Summary
from mgiqa.workspace import Workspace


def accept(workspace: Workspace, folder: Path, stage: str) -> Path:
    """Returns the output folder of ``stage`` if it is there and none of its blocking checks failed.

    Raises:
        MissingInput: the folder is not there.
        GateRefused: a check of it that blocks did not pass; each is named.
    """
    blocked = Summary.read(workspace.need(folder, stage)).blocked
    if blocked:
        reasons = "; ".join(f"{check.name} ({check.description})" for check in blocked)
        raise GateRefused(
            f"{stage} did not pass its checks: {reasons}",
            remedy=f"See {folder.relative_to(workspace.root)}/, correct the cause and run: dvc repro {stage}",
        )
    return folder


@dataclass(frozen=True)
class Inputs:
    """The dependencies and parameters of the running DVC stage, as they were at one moment.

    Empty outside ``dvc repro``: then nothing is recorded, so nothing can be recorded wrongly.
    """

    content: Mapping[str, Any]

    @classmethod
    def now(cls, workspace: Workspace) -> "Inputs":
        """Takes the inputs as they are now, as DVC itself sees them."""
        address = os.environ.get("DVC_STAGE")
        if not address:
            return cls({})
        from dvc.dependency.param import ParamsDependency
        from dvc.repo import Repo

        with Repo(str(workspace.root)) as repo:
            stage = repo.stage.load_one(str(workspace.root / "dvc.yaml"), address.rpartition(":")[2])
            content: dict[str, Any] = {}
            for dep in stage.deps:
                if isinstance(dep, ParamsDependency):
                    content[str(dep)] = dep.read_params()
                else:
                    content[str(dep)] = dep.get_hash().value if dep.exists else None
        return cls(content)

    def verify_unchanged(self, workspace: Workspace) -> None:
        """Compares with the inputs as they are now.

        Raises:
            InputChanged: they differ; the message names which.
        """
        if not self.content:
            return
        now = Inputs.now(workspace).content
        changed = sorted(name for name in self.content if self.content[name] != now.get(name))
        if changed:
            raise InputChanged(
                f"{', '.join(changed)} changed while the stage ran, so nothing is recorded",
                remedy="Run it again.",
            )
