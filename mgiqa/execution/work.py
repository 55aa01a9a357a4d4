"""Where a stage that learns keeps what must survive a kill: a folder named after all that its weights depend on."""

import hashlib
import json
from pathlib import Path

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.digest import file_digest, model_digest
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace


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
        stage: getattr(settings, stage).model_dump(),
        "launch": settings.launch.model_dump(),
        "prompt": PROMPT.digest,
        "start": model_digest(start),
        "manifest": file_digest(workspace.manifest),
    }
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
    return workspace.work(f"{stage}-{key}")
