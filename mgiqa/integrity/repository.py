"""DVC's view of a workspace, for those who ask what it has recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mgiqa.errors import MissingExtra
from mgiqa.workspace import Workspace

if TYPE_CHECKING:
    from dvc.repo import Repo


@contextmanager
def repository(workspace: Workspace) -> "Iterator[Repo | None]":
    """DVC's view of the workspace; None where DVC does not know it.

    Raises:
        MissingExtra: DVC is not installed.
    """
    if not (workspace.root / ".dvc").is_dir():
        yield None
        return
    try:
        from dvc.repo import Repo
    except ModuleNotFoundError:
        raise MissingExtra("DVC is not installed", remedy="Install it with: pip install 'mgiqa[orchestrate]'") from None
    with Repo(str(workspace.root)) as repo:
        yield repo
