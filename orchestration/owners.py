"""Which process a run of Dagster belongs to, so that a run whose process was killed is ended by those who notice.

Dagster's own watch looks at run workers that it has started, and through them alone; a ``dagster job execute`` that is
killed would keep its run under way, and its place in a pool, for ever, and would not hear of *Terminate*. So every run
notes its process in its tags. Whoever starts next, and the sensor ``lost_runs``, look for it.
"""

import contextlib
import os
import signal
import time

import dagster as dg
import psutil
from dagster._core.events import DagsterEventType
from dagster._core.executor.in_process import InProcessExecutor
from dagster._core.storage.tags import GRPC_INFO_TAG

from mgiqa.execution.process_guard import SAVING
from mgiqa.registry.owner import owner_is_gone, owner_tags

PREFIX = "mgiqa/"
_ASKED = f"{PREFIX}asked_to_end"
_PATIENCE = SAVING + 10.0
"""Seconds from *Terminate* until a process that does not end is killed; the guardian then ends what it had started."""
_UNDER_WAY = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


class SigningExecutor(InProcessExecutor):
    """Runs steps in one process, which the run notes as its own."""

    def execute(self, plan_context, execution_plan):  # type: ignore[no-untyped-def]
        """See ``Executor.execute``."""
        instance = plan_context.instance
        instance.add_run_tags(plan_context.run_id, {f"{PREFIX}{name}": value for name, value in owner_tags().items()})
        end_lost_runs(instance)
        yield from super().execute(plan_context, execution_plan)


@dg.executor(name="in_process", config_schema=dg.in_process_executor.config_schema)  # type: ignore[call-overload]
def signing_executor(context: dg.InitExecutorContext) -> SigningExecutor:
    """Dagster's executor ``in_process``, which also signs the run."""
    plain = dg.in_process_executor.executor_creation_fn(context)  # type: ignore[misc]
    return SigningExecutor(retries=plain.retries, step_dependency_config=plain.step_dependency_config)


def end_lost_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ends the runs whose process is gone, frees their places in pools, and has those end that are to be terminated.

    Returns:
        A sentence about each run that something was done about.
    """
    said = []
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY)):
        owner = {name.removeprefix(PREFIX): value for name, value in run.tags.items() if name.startswith(PREFIX)}
        canceling = run.status is dg.DagsterRunStatus.CANCELING
        if canceling and not owner_is_gone(owner):
            _ask_to_end(instance, run, owner)
        if owner_is_gone(owner):
            said.append(f"The process {owner['pid']} of run {run.run_id} is gone.")
            (instance.report_run_canceled if canceling else instance.report_run_failed)(run, said[-1])
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return said


def _ask_to_end(instance: dg.DagsterInstance, run: dg.DagsterRun, owner: dict[str, str]) -> None:
    """SIGINT once, where Dagster has no way to the process; later SIGKILL, whoever asked it first."""
    mine = owner_tags()
    if owner.get("host") != mine["host"] or owner.get("pid") == mine["pid"]:
        return
    with contextlib.suppress(ProcessLookupError):
        if time.time() - _asked_at(instance, run.run_id) >= _PATIENCE:
            os.kill(int(owner["pid"]), signal.SIGKILL)
            with contextlib.suppress(psutil.Error):
                psutil.Process(int(owner["pid"])).wait(timeout=5)
        elif not {GRPC_INFO_TAG, _ASKED} & run.tags.keys():
            instance.add_run_tags(run.run_id, {_ASKED: "SIGINT"})
            os.kill(int(owner["pid"]), signal.SIGINT)


def _asked_at(instance: dg.DagsterInstance, run_id: str) -> float:
    events = instance.event_log_storage.get_logs_for_run(
        run_id, of_type={DagsterEventType.RUN_CANCELING}, limit=1, ascending=False
    )
    return events[0].timestamp if events else time.time()
