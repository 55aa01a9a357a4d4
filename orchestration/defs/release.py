"""The champion: the one model that everything outside the pipeline uses, chosen by the gate."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from mgiqa.workspace import Workspace
from orchestration.execution import print_line
from orchestration.metadata import describe_decision
from orchestration.promotion import NoAnswerError, ask_gate

GATE = dg.AssetCheckSpec(
    "gate",
    asset="champion",
    description="On the same images the challenger is at least as good as the champion.",
)


@dg.asset(
    deps=[dg.AssetKey("registered_model")],
    group_name="release",
    owners=["team:operations"],
    kinds={"mlflow"},
    check_specs=[GATE],
    output_required=False,
)
def champion(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """The model behind the alias `champion`, which `mgiqa score` and `mgiqa serve` use.

    Asks the gate whether the registered challenger takes its place. If the gate refuses, the champion stays, the run
    succeeds, and the check `gate` says why. In a terminal: `mgiqa promote`; back to the one before: `mgiqa rollback`.
    """
    try:
        answer = ask_gate(Workspace.find().root, print_line)
    except NoAnswerError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    shown = describe_decision(answer.decision)
    yield dg.AssetCheckResult(
        check_name=GATE.name,
        passed=answer.promoted,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(answer.decision.get("reasons", ())),
    )
    if answer.promoted:
        version = dg.DataVersion(str(answer.decision.get("champion")))
        yield dg.MaterializeResult(metadata=shown, data_version=version)
    else:
        yield dg.AssetObservation(context.asset_key, "The gate refused; the champion stays.", shown)
