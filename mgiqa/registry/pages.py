"""Where MLflow shows what this checkout made: addresses, kept beside the store by the digest of the model.

MLflow draws the identifiers of runs and numbers the versions of a model, so both differ from one checkout to the next.
They are no part of a result, or the same seed would give other hashes; but people and Dagster want to go there.
"""

import json
from collections.abc import Mapping

from mgiqa.workspace import Workspace


def note_pages(workspace: Workspace, digest: str, pages: Mapping[str, str]) -> None:
    """Keeps addresses, relative to the MLflow page, by their names; those of other names stay."""
    path = workspace.tracking / "pages" / f"{digest}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({**read_pages(workspace, digest), **pages}, indent=1), encoding="utf-8")
    draft.replace(path)


def read_pages(workspace: Workspace, digest: str) -> Mapping[str, str]:
    """Name → address, relative to the MLflow page; empty where this checkout knows of none."""
    try:
        known: dict[str, str] = json.loads((workspace.tracking / "pages" / f"{digest}.json").read_text("utf-8"))
    except (OSError, ValueError):  # they are looked at, and nothing rests on them
        return {}
    return known
