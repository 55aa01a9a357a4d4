"""Which results are no longer of the present code, settings and data, by what DVC recorded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mgiqa.errors import Busy, few
from mgiqa.integrity.repository import repository
from mgiqa.records import SUMMARY, Summary
from mgiqa.workspace import Workspace

if TYPE_CHECKING:
    from dvc.repo import Repo
    from dvc.stage import Stage

StateName = Literal["current", "stale", "missing", "failed", "running"]


@dataclass(frozen=True)
class StageState:
    """How one stage of the pipeline stands.

    Attributes:
        name: as DVC has it, ``validate@spaq``.
        state: ``current``; ``stale``, as it or a stage before it would run again; ``missing``, without a result;
            ``failed``, its result does not pass a blocking check; or ``running``.
        reason: what has changed, failed or is awaited; empty where it is current.
    """

    name: str
    state: StateName
    reason: str

    @property
    def current(self) -> bool:
        """Whether its result is of the present code, settings and data."""
        return self.state == "current"


def stage_states(workspace: Workspace) -> Sequence[StageState]:
    """Every stage, after those that it rests on; empty where DVC knows no pipeline.

    Raises:
        MissingExtra: there is a pipeline, and DVC is not installed.
        Busy: another process of DVC reads or writes its records.
    """
    with repository(workspace) as repo:
        if repo is None or not (workspace.root / "dvc.yaml").is_file():
            return ()
        from dvc.lock import LockError

        try:
            with repo.lock:
                return _states(repo)
        except LockError:
            raise Busy("DVC is at work", remedy="Ask again when it has ended.") from None


def _states(repo: "Repo") -> list[StageState]:
    """What rests on a stage that is not current is not either, which ``dvc status`` says only once that one has run."""
    graph = repo.index.graph
    states: dict[str, StageState] = {}

    def look_at(stage: "Stage") -> StageState:
        name = _name_of(stage)
        if name not in states:
            awaited = [
                one.name for one in map(look_at, sorted(graph.successors(stage), key=_name_of)) if not one.current
            ]
            state, reason = _alone(stage)
            if awaited and state in ("current", "running"):  # while a stage runs, those after it cannot be read either
                state, reason = "stale", f"rests on {few(awaited)}"
            states[name] = StageState(name, state, reason)
        return states[name]

    for stage in sorted(graph, key=_name_of):
        look_at(stage)
    return list(states.values())


def _name_of(stage: "Stage") -> str:
    """As ``dvc.yaml`` calls it; data that somebody added by hand has only the path of its file."""
    return str(getattr(stage, "name", stage.addressing))


def _alone(stage: "Stage") -> tuple[StateName, str]:
    """State and reason of a stage, whatever those before it are."""
    from dvc.lock import LockError

    try:
        changes = [change for part in stage.status().values() for change in part]
    except LockError:
        return "running", "a run is under way"
    missing = [out.def_path for out in stage.outs if not out.exists]
    if missing:
        return "missing", f"{few(missing)} is not there"
    if failed := _failed(stage):
        return "failed", failed
    return ("stale", f"changed: {few(list(_named(changes)))}") if changes else ("current", "")


def _failed(stage: "Stage") -> str:
    """The blocking checks that the result does not pass."""
    summaries = [path for out in stage.outs for path in [Path(out.fs_path) / SUMMARY] if path.is_file()]
    return "; ".join(
        f"{check.name}: {check.description}" for path in summaries for check in Summary.read(path.parent).blocked
    )


def _named(changes: Sequence[Any]) -> Iterator[str]:
    """What DVC found changed: settings by name, files and folders by path, the command."""
    for change in changes:
        if not isinstance(change, Mapping):
            yield "the command"
            continue
        for entries in change.values():
            for path, state in entries.items():
                yield from state if isinstance(state, Mapping) else [path]
