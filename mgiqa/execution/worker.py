"""One of several processes of a stage: ``python -m mgiqa.execution.worker STAGE ROOT``, started by accelerate.

The first one does what a single process would do. The others only learn along, by ``run_worker`` of the stage's module.
"""

import importlib
import sys
from pathlib import Path

from mgiqa.cores import share_cores
from mgiqa.execution.process_guard import end_with_parent
from mgiqa.execution.runner import run_stage
from mgiqa.quiet import silence_tools
from mgiqa.settings import read_settings
from mgiqa.system import one_sentence
from mgiqa.workspace import Workspace


def main(name: str, workspace: Workspace) -> None:
    """Takes part in a stage, with the other processes."""
    from mgiqa.training.distributed import is_first, join  # torch, which reads how threads wait as it is loaded

    processes = join()
    if is_first():
        run_stage(name, workspace)
    else:
        importlib.import_module(f"mgiqa.stages.{name}").run_worker(read_settings(workspace.params), workspace)
    processes.destroy_process_group()


if __name__ == "__main__":
    silence_tools()
    share_cores()
    with one_sentence():  # for the process that started this one
        end_with_parent()
        main(sys.argv[1], Workspace(Path(sys.argv[2])))
