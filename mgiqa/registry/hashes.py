"""What DVC knows an artefact by: the hashes in ``dvc.lock``, so that runs and models name the bytes that they used."""

import yaml

from mgiqa.workspace import Workspace

UNRECORDED = "unrecorded"


def dvc_hash(workspace: Workspace, path: str) -> str:
    """The DVC hash of an output, by its path relative to the workspace; ``unrecorded`` where ``dvc.lock`` has none."""
    lock = workspace.root / "dvc.lock"
    if not lock.is_file():
        return UNRECORDED
    stages = (yaml.safe_load(lock.read_text(encoding="utf-8")) or {}).get("stages", {})
    outputs = {out["path"]: out.get("md5") for stage in stages.values() for out in stage.get("outs", ())}
    return str(outputs.get(path) or UNRECORDED)
