"""Where a run comes from: commit, DVC stage and experiment, Dagster run, person. All of it as tags."""

import getpass
import os
import subprocess
import sys
from pathlib import Path

from mgiqa.workspace import Workspace

FROM_ENVIRONMENT = {
    "dvc.stage": "DVC_STAGE",
    "dvc.exp": "DVC_EXP_NAME",
    "dagster.run_id": "DAGSTER_RUN_ID",
}

SOURCES = ("mgiqa", "dvc.yaml", "params.yaml")
"""What makes the results; a change in anything else, such as ``dvc.lock`` itself, does not make a run dirty."""


def origin_tags(workspace: Workspace) -> dict[str, str]:
    """Tags for a new run; what is not known is left out."""
    tags = {tag: os.environ[name] for tag, name in FROM_ENVIRONMENT.items() if os.environ.get(name)}
    if "dvc.stage" in tags:
        tags["dvc.stage"] = tags["dvc.stage"].rpartition(":")[2]
    commit = git(workspace.root, "rev-parse", "HEAD")
    if commit:
        tags["mlflow.source.git.commit"] = commit
        tags["git.dirty"] = str(bool(git(workspace.root, "status", "--porcelain", "--", *SOURCES))).lower()
    return tags | {
        "mlflow.source.type": "LOCAL",
        "mlflow.source.name": Path(sys.argv[0]).name,
        "mlflow.user": _user(),
    }


def git(folder: Path, *arguments: str) -> str:
    """What git answers in ``folder``; empty without a repository, a commit or git itself."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=30)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under an id that has no name
        return str(os.getuid())
