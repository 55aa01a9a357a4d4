"""Cores: how many this process may use, and how its threads wait for each other. Settled before torch is loaded."""

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = CGROUP) -> int:
    """Cores that this process may use: those it is bound to, or fewer where a container's quota of time allows fewer.

    Args:
        cgroup: folder in which Linux tells the quota.

    Returns:
        At least 1. It does not depend on what else the machine is doing, so that the same seed gives the same result.
    """
    bound, quota = len(os.sched_getaffinity(0)), _quota(cgroup)
    return bound if quota is None else max(1, min(bound, math.floor(quota)))


def share_cores(cgroup: Path = CGROUP) -> None:
    """Lets the threads of one operation sleep while they wait for each other, and takes no more of them than cores.

    OpenMP's own way is to wait in a busy loop. Beside another program, the thread that all wait for then stands in the
    queue behind the loops of those that wait: with two threads on two busy cores, small products of matrices ran 180
    times slower than with this. What the user has set stays. Without effect once torch is loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    cores = usable_cores(cgroup)
    if cores < len(os.sched_getaffinity(0)):  # OpenMP knows what a process is bound to, but no quota
        os.environ.setdefault("OMP_NUM_THREADS", str(cores))


def _quota(cgroup: Path) -> float | None:
    """Seconds of a core per second; None where there is no limit."""
    try:
        if (cgroup / "cpu.max").is_file():
            limit, period = (cgroup / "cpu.max").read_text(encoding="ascii").split()
        else:
            limit, period = (
                (cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period")
            )
        return float(limit) / float(period) if float(limit) > 0 else None
    except (OSError, ValueError):  # no such file, or the word "max"
        return None
