"""What DVC knows an artefact by: the hashes in ``dvc.lock``, so that runs and models name the bytes that they used."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from mgiqa.errors import IntegrityError
from mgiqa.workspace import Workspace

UNRECORDED = "unrecorded"


def dvc_hash(workspace: Workspace, path: str) -> str:
    """The DVC hash of an output, by its path relative to the workspace; ``unrecorded`` where ``dvc.lock`` has none.

    Raises:
        IntegrityError: ``dvc.lock`` is no YAML of DVC's form.
    """
    return locked_hashes(workspace.root).get(path, UNRECORDED)


def locked_hashes(root: Path) -> Mapping[str, str]:
    """Output → its hash, as ``dvc.lock`` has it; empty where there is no such file.

    Raises:
        IntegrityError: it is no YAML of DVC's form.
    """
    lock = root / "dvc.lock"
    if not lock.is_file():
        return {}
    try:
        stages = (yaml.safe_load(lock.read_text(encoding="utf-8")) or {}).get("stages", {})
        return {str(out["path"]): str(out["md5"]) for stage in stages.values() for out in stage.get("outs", ())}
    except (ValueError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise IntegrityError(
            f"{lock} cannot be read ({type(error).__name__})",
            remedy="Bring it back from git if it is committed; else remove it, and `dvc repro` writes it anew.",
        ) from None
