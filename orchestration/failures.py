"""A step that failed, as Dagster shows it: a sentence, and what it rests on, without a trace of the orchestration.

What failed is a child process, or the data; where in these files that was noticed helps nobody. A stage that crashed
leaves its own trace among its last lines.
"""

import dagster as dg
from dagster._core.errors import DagsterUserCodeProcessError
from dagster_shared.error import SerializableErrorInfo


class _Told(DagsterUserCodeProcessError):
    """An error that another process has told: Dagster records it as it was told, and not where it was raised."""

    def __init__(self, sentence: str) -> None:
        told = SerializableErrorInfo(message=f"{sentence}\n", stack=[], cls_name=None)
        super().__init__(sentence, user_code_process_error_infos=[told])


class StageFailure(dg.Failure, _Told):
    """``dg.Failure`` whose whole message is its sentence."""
