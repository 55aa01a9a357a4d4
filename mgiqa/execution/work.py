"""Where a stage that learns keeps what must survive a kill: a folder named after all that its weights depend on."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import StageBusy
from mgiqa.models.digest import file_digest, model_digest
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace

_NO_INFLUENCE = {"checkpoint_minutes"}
"""Settings that may change while a run waits to be resumed."""


def work_folder(stage: str, settings: Settings, workspace: Workspace, start: Path) -> Path:
    """The folder of one run of ``stage``, the same for all its processes and after a kill.

    Args:
        stage: which is also the section of its settings.
        settings: of the pipeline; with others the folder is another one, so that no other run's checkpoints are used.
        workspace: with the manifest to learn from.
        start: the model folder to start from.
    """
    parts = {
        "seed": settings.seed,
        stage: getattr(settings, stage).model_dump(exclude=_NO_INFLUENCE),
        "launch": settings.launch.model_dump(),
        "prompt": PROMPT.digest,
        "start": model_digest(start),
        "manifest": file_digest(workspace.manifest),
    }
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
    return workspace.work(f"{stage}-{key}")


@dataclass(frozen=True)
class WorkFolder:
    """A folder that survives its run, for the next one.

    Attributes:
        path: where it lies.
        size: bytes of its files.
        changed: when one of them changed last.
    """

    path: Path
    size: int
    changed: datetime


def kept_answers(workspace: Workspace) -> list[WorkFolder]:
    """Answers to benchmarks; those of models that are gone stay as well."""
    return [_measured(folder) for folder in _folders(workspace, workspace.answers("*").name)]


def unfinished(workspace: Workspace) -> list[WorkFolder]:
    """What interrupted runs left, with these settings or others, where nobody works in it now."""
    kept = {workspace.shrunk_images, *_folders(workspace, workspace.answers("*").name)}
    others = [folder for folder in _folders(workspace, "*") if folder not in kept]
    return [_measured(folder) for folder in others if not _in_use(workspace, folder)]


def _folders(workspace: Workspace, names: str) -> list[Path]:
    return sorted(path for path in workspace.work("").glob(names) if path.is_dir())


def _in_use(workspace: Workspace, folder: Path) -> bool:
    try:
        with workspace.alone(folder):
            return False
    except StageBusy:
        return True


def _measured(folder: Path) -> WorkFolder:
    states = [path.lstat() for path in (folder, *folder.rglob("*"))]
    changed = datetime.fromtimestamp(max(state.st_mtime for state in states))
    return WorkFolder(folder, sum(state.st_size for state in states[1:]), changed)
