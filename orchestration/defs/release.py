"""The champion: the one model that everything outside the pipeline uses, chosen by the gate."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from mgiqa.workspace import Workspace
from orchestration.execution import print_line
from orchestration.failures import StageFailure
from orchestration.metadata import describe_decision
from orchestration.promotion import GATE, NoAnswerError, ask_gate

CHECK = dg.AssetCheckSpec(
    GATE,
    asset="champion",
    description="On the same images the challenger is at least as good as the champion.",
)


@dg.asset(
    deps=[dg.AssetKey("registered_model")],
    group_name="release",
    owners=["team:operations"],
    kinds={"mlflow"},
    check_specs=[CHECK],
    output_required=False,
)
def champion(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """The model behind the alias `champion`, which `mgiqa score` and `mgiqa serve` use; none before a first promotion.

    Asks the gate whether the registered challenger takes its place. If the gate refuses, the champion stays, the run
    succeeds, and the check `gate` says why. In a terminal: `mgiqa promote`; back to the one before: `mgiqa rollback`;
    what they did is shown here within half a minute. An alias that somebody moved by hand is a warning, not gated.
    """
    root = Workspace.find().root
    try:
        answer = ask_gate(root, print_line)
    except NoAnswerError as error:
        raise StageFailure(str(error), allow_retries=False) from None
    shown = describe_decision(answer.decision, root)
    yield dg.AssetCheckResult(
        check_name=GATE,
        passed=answer.promoted and answer.champion.gated,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join((*answer.decision.get("reasons", ()), answer.decision.get("doubt", ""))).strip(),
    )
    if answer.promoted:
        yield dg.MaterializeResult(metadata=shown, data_version=dg.DataVersion(answer.champion.state))
    else:
        yield dg.AssetObservation(context.asset_key, "The gate refused; the alias stays where it is.", shown)
