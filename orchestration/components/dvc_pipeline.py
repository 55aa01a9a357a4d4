"""A DVC pipeline as Dagster assets: one per resolved stage, each brought up to date by DVC itself."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from mgiqa.quiet import silence_tools
from mgiqa.workspace import Workspace
from orchestration import metadata
from orchestration.execution import Outcome, StageBusyError, StageFailedError, current_version, print_line, reproduce
from orchestration.failures import StageFailure
from orchestration.graph import Node, read_graph
from orchestration.versions import read_lock

POOL = "gpu"
TRY_AGAIN = {70, 75}
"""Exit statuses with which the same command may well succeed later: a crash, or inputs that changed while it ran."""
RETRY = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL)


class DvcPipeline(dg.Component, dg.Model, dg.Resolvable):
    """Assets generated from the stages of ``dvc.yaml``.

    Attributes:
        root: folder of ``dvc.yaml``; by default the current folder or the nearest above it that has a ``params.yaml``.
        owners: group → who answers for its assets.
        retried_groups: groups whose stages may be run again by themselves after a crash.
    """

    root: str | None = None
    owners: dict[str, list[str]] = Field(default_factory=dict)
    retried_groups: list[str] = Field(default_factory=list)

    def build_defs(self, context: dg.ComponentLoadContext | None = None) -> dg.Definitions:
        """Reads the graph and makes one asset per stage."""
        root = Path(self.root).resolve() if self.root else Workspace.find().root
        silence_tools()
        nodes = read_graph(root)
        keys = {node.name: node.key for node in nodes}
        return dg.Definitions(assets=[self._asset(root, node, keys) for node in nodes])

    def _asset(self, root: Path, node: Node, keys: Mapping[str, dg.AssetKey]) -> dg.AssetsDefinition:
        @dg.asset(
            key=node.key,
            deps=[keys[name] for name in node.upstream],
            description=_describe(node),
            group_name=node.group,
            owners=self.owners.get(node.group),
            kinds=set(node.hints.get("kinds", ())) | {"dvc"},
            tags={"stage": node.verb, **({"dataset": node.item} if node.item else {})},
            code_version=node.code_version,
            check_specs=metadata.check_specs(node.verb, node.key),
            pool=POOL if node.hints.get("gpu") else None,
            retry_policy=RETRY if node.group in self.retried_groups else None,
        )
        def stage(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
            result = bring_up_to_date(context, root, node)
            yield result
            verify_checks(result)

        return stage


def _describe(node: Node) -> str:
    """What stands beside the asset: what its stage does, and how to run it without Dagster."""
    outputs = ", ".join(f"`{output}/`" for output in node.outputs)
    return f"{node.description}.\n\nWritten to {outputs} by `{node.command}`; in a terminal: `dvc repro {node.name}`."


def bring_up_to_date(context: dg.AssetExecutionContext, root: Path, node: Node) -> dg.MaterializeResult[Any]:
    """Runs the stage if DVC finds that it must, and reports what its output says of itself.

    Raises:
        dg.RetryRequested: another process is working on the same paths.
        dg.Failure: the stage refused its input or crashed.
    """
    version, outcome = current_version(root, node.name), Outcome.UNCHANGED
    if version is None:
        outcome = _reproduce(context, root, node)
        version = read_lock(root)[node.name].data_version
    context.log.info(f"{node.name}: {outcome.value}")
    folder = root / node.outputs[0]
    summary = metadata.read_summary(folder)
    return dg.MaterializeResult(
        metadata={
            **metadata.describe_summary(summary, folder, root),
            **metadata.provenance(outcome.value, version, folder),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=check.name,
                passed=check.passed,
                severity=metadata.severity(check),
                description=check.description,
                metadata=metadata.evidence(check, summary),
            )
            for check in metadata.answers(node.verb, summary)
        ],
        data_version=dg.DataVersion(version),
    )


def verify_checks(result: dg.MaterializeResult[Any]) -> None:
    """Ends the step where a blocking check failed, as Dagster would by itself, with what the check says.

    Raises:
        dg.Failure: one did. The same input would fail again, so it is not tried again.
    """
    checks = [check for check in result.check_results or () if not check.passed]
    failed = [check for check in checks if check.severity is dg.AssetCheckSeverity.ERROR]
    if failed:
        said = " ".join(f"{check.check_name}: {(check.description or '').rstrip('.')}." for check in failed)
        shown = {title: value for check in failed for title, value in check.metadata.items()}
        raise StageFailure(said, metadata=shown, allow_retries=False)


def _reproduce(context: dg.AssetExecutionContext, root: Path, node: Node) -> Outcome:
    with dg.open_pipes_session(context, dg.PipesTempFileContextInjector(), StageMessages()) as session:
        env = {**os.environ, **session.get_bootstrap_env_vars(), "DAGSTER_RUN_ID": context.run.run_id}
        try:
            return reproduce(root, node.name, env, show=print_line)
        except StageBusyError as error:
            context.log.info(f"another process works on what {node.name} reads or writes; trying again in 5 s")
            raise dg.RetryRequested(max_retries=720, seconds_to_wait=5) from error
        except StageFailedError as error:
            raise failure(node, error) from None


def failure(node: Node, error: StageFailedError) -> dg.Failure:
    """A failed stage as Dagster shows it: the sentence of a refusal, or that it crashed, and the last lines.

    A refusal is not tried again, since the same input would be refused again; changed inputs and crashes are, where
    the asset has a retry policy. Dagster asks no policy about an error of its own kinds, of which ``StageFailure`` is.
    """
    may_pass = error.status in TRY_AGAIN or not error.refusal
    return (dg.Failure if may_pass else StageFailure)(
        error.refusal or error.complaint or f"{node.name} ended with exit status {error.status}; see its last lines.",
        metadata={
            "last_lines": dg.MetadataValue.md("```\n" + "\n".join(error.lines) + "\n```"),
            "try_it": dg.MetadataValue.md(f"`dvc repro --single-item {node.name}`"),
        },
        allow_retries=may_pass,
    )


class StageMessages(dg.PipesTempFileMessageReader):
    """Messages of a stage. Silence is no fault: DVC may restore a result without running the stage."""

    expected_writer_count = 1

    @contextmanager
    def read_messages(self, handler: Any) -> Iterator[Any]:
        """See ``PipesMessageReader.read_messages``."""
        with super().read_messages(handler) as params:
            yield params
        for method in () if handler.received_opened_message else ("opened", "closed"):
            handler.handle_message({"__dagster_pipes_version": "0.1", "method": method, "params": {}})
