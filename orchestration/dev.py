"""``dagster dev`` with the page of ``orchestration.page``, since ``dagster dev`` has no option for another one."""

import subprocess
from collections.abc import Sequence
from typing import Any

from dagster._cli import dev

_begin = dev.open_ipc_subprocess


def start(parts: Sequence[str], **kwargs: Any) -> "subprocess.Popen[Any]":
    """Starts one of the processes of ``dagster dev``; in place of its page, ours."""
    return _begin(["orchestration.page" if word == "dagster_webserver" else word for word in parts], **kwargs)


if __name__ == "__main__":
    dev.open_ipc_subprocess = start
    dev.dev_command()
