"""Which process a run belongs to, so that a run whose process was killed can be told from one that works."""

import os
import socket
from collections.abc import Mapping

import psutil

CLOCK_SLACK = 2.0
"""Seconds by which the start time of one process may seem to move when the system clock is corrected."""


def owner_tags() -> dict[str, str]:
    """Tags that name the running process: host, process id and start time (an id alone is used again)."""
    process = psutil.Process(os.getpid())
    return {
        "host": socket.gethostname(),
        "pid": str(process.pid),
        "process_started": f"{process.create_time():.2f}",
    }


def owner_is_gone(tags: Mapping[str, str]) -> bool:
    """Whether the process that ``tags`` name ran on this host and is no more; False where that cannot be known."""
    if tags.get("host") != socket.gethostname() or not {"pid", "process_started"} <= tags.keys():
        return False
    try:
        process = psutil.Process(int(tags["pid"]))
        same = abs(process.create_time() - float(tags["process_started"])) <= CLOCK_SLACK
        return not same or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
