"""Runs one stage: settings in, a folder out, whole or not at all."""

import importlib
from collections.abc import Callable

from mgiqa.execution.distributed import run_distributed, started
from mgiqa.execution.inputs import Inputs
from mgiqa.execution.messages import relayed
from mgiqa.names import verify_name
from mgiqa.pipeline import STAGES
from mgiqa.records import Summary
from mgiqa.settings import read_settings
from mgiqa.workspace import Workspace


def run_stage(name: str, workspace: Workspace, dataset: str | None = None) -> Summary:
    """Runs the stage ``name`` (for ``dataset``, where it runs once per dataset) and returns its summary.

    Raises:
        MGIQAError: in one sentence, whatever keeps the stage from its result; its old result is then untouched.
    """
    stage = STAGES[name]
    if dataset is not None:
        verify_name("dataset", dataset)
    if stage.shared and not started():
        launch = read_settings(workspace.params).launch
        if launch.processes > 1:
            run_distributed(name, workspace, launch)
            return Summary.read(workspace.data / stage.output)
    inputs = Inputs.now(workspace)  # before anything is read that may change
    settings = read_settings(workspace.params)
    run: Callable[..., Summary] = importlib.import_module(f"mgiqa.stages.{name}").run
    output = stage.output.format(dataset=dataset)
    with relayed(), workspace.making(output) as draft:
        summary = run(settings, workspace, draft, *([dataset] if stage.per_dataset else []))
        summary.write(draft)
        inputs.verify_unchanged(workspace)
    return summary
