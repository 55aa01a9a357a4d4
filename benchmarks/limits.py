"""How long Dagster takes to end a run whose process was killed, and one that is to be terminated, beside the limits.

    python benchmarks/limits.py    # a quarter of an hour on two busy cores

It starts ``mgiqa ui`` over the real graph with short programs, in a folder of its own, and holds the stage ``train``,
which has the one place of the pool ``gpu``. Each case is a run from the page and one from a terminal (``dagster job
execute``). A killed one (SIGKILL) has ended when Dagster calls it failed, the place is free and the stage is gone; a
terminated one when Dagster calls it canceled, the place is free and the stage is gone, also where the stage does not
listen to SIGINT.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from mgiqa.settings import read_settings
from mgiqa.settings.presets import Preset, use_preset
from orchestration.components.dvc_pipeline import POOL
from tests.browser.conftest import environment, free_ports, write_short_pipeline

KILLED, TERMINATED = 120.0, 60.0
"""Limits in seconds."""
PLACES = ("page", "terminal")
PATIENCE = 900.0
"""Seconds until a case is given up."""


def waited(true: Callable[[], bool]) -> float:
    """Seconds until ``true()`` holds."""
    start = time.monotonic()
    while not true():
        if time.monotonic() - start > PATIENCE:
            raise SystemExit(f"it did not happen in {PATIENCE:.0f} s")
        time.sleep(0.2)
    return time.monotonic() - start


@contextmanager
def pages(root: Path) -> Iterator[Any]:
    """``mgiqa ui`` over ``root``; a client of Dagster's page."""
    from dagster_graphql import DagsterGraphQLClient

    port, mlflow = free_ports(2)
    command = [sys.executable, "-m", "mgiqa", "ui", "--port", str(port), "--mlflow-port", str(mlflow)]
    process = subprocess.Popen(command, cwd=root, env=environment(), stdout=subprocess.PIPE, text=True)
    try:
        while process.stdout and "Ctrl-C" not in (line := process.stdout.readline()):
            if not line:
                raise SystemExit("mgiqa ui has ended")
        yield DagsterGraphQLClient("127.0.0.1", port_number=port)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


class Case:
    """A run of the pipeline whose stage ``train`` is held."""

    def __init__(self, root: Path, client: Any, instance: Any, from_page: bool, deaf: bool = False) -> None:
        self.root, self.client, self.instance = root, client, instance
        params = root / "params.yaml"
        use_preset(params, Preset("longer", {}, {"train": {"steps": read_settings(params).train.steps + 1}}))
        (root / "held").unlink(missing_ok=True)
        (root / "hold").touch()
        if deaf:
            (root / "deaf").touch()
        known = {run.run_id for run in instance.get_runs()}
        if from_page:
            client.submit_job_execution("pipeline")
        else:
            command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "orchestration.definitions"]
            env = {**environment(), "DAGSTER_HOME": str(root / ".dagster")}
            self.terminal = subprocess.Popen(
                [*command, "-j", "pipeline"],
                cwd=root,
                env=env,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        waited((root / "held").exists)
        (self.run,) = {run.run_id for run in instance.get_runs()} - known
        processes = psutil.process_iter(["cmdline", "cwd"])
        (self.stage,) = (
            one for one in processes if "make.py" in (one.info["cmdline"] or ()) and one.info["cwd"] == str(root)
        )

    def kill(self) -> None:
        """SIGKILL for the process of the run, which it has noted in its tags."""
        tags = self.instance.get_run_by_id(self.run).tags
        os.kill(int(tags["mgiqa/pid"]), signal.SIGKILL)

    def terminate(self) -> None:
        """What the button *Terminate* does; of a run from a terminal Dagster says that it cannot, and marks it."""
        from dagster_graphql import DagsterGraphQLClientError

        with suppress(DagsterGraphQLClientError):
            self.client.terminate_run(self.run)

    def ended(self, status: str) -> bool:
        """Whether Dagster says so, the place in the pool is free and nothing of the stage is left."""
        told = self.instance.get_run_by_id(self.run).status.value == status
        free = not self.instance.event_log_storage.get_concurrency_info(POOL).claimed_slots
        gone = not self.stage.is_running() or self.stage.status() == psutil.STATUS_ZOMBIE
        return told and free and gone

    def clean(self) -> None:
        """Lets the next case begin."""
        (self.root / "hold").unlink()
        (self.root / "deaf").unlink(missing_ok=True)


def main() -> None:
    """Prints a line for each case; fails where one is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--begun", choices=PLACES, nargs="+", default=PLACES, help="where runs are begun")
    places = parser.parse_args().begun
    import dagster as dg

    folder = Path(tempfile.mkdtemp())
    root = write_short_pipeline(folder / "workspace")
    print(f"load of this machine when it began: {os.getloadavg()[0]:.1f}", flush=True)
    late = 0
    with pages(root) as client, dg.DagsterInstance.from_config(str(root / ".dagster")) as instance:
        for place in places:
            for what, act, status, limit, deaf in (
                ("killed", Case.kill, "FAILURE", KILLED, False),
                ("terminated", Case.terminate, "CANCELED", TERMINATED, False),
                ("terminated, deaf to SIGINT", Case.terminate, "CANCELED", TERMINATED, True),
            ):
                case = Case(root, client, instance, place == "page", deaf)
                try:
                    act(case)
                    seconds = waited(partial(case.ended, status))
                finally:
                    case.clean()
                late += seconds > limit
                print(f"a run from the {place}, {what}: {seconds:5.1f} s of {limit:.0f}", flush=True)
    shutil.rmtree(folder)
    raise SystemExit(f"{late} over the limit" if late else 0)


if __name__ == "__main__":
    main()
