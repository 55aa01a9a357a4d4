"""Kills `dvc repro` at 200 random moments of all stages, and compares every result with that of an undisturbed run.

    python -m benchmarks.crash                          # hours on two cores
    python -m benchmarks.crash --kills 20 --seed 1      # a tenth of it, at other moments

The pipeline first runs undisturbed, with the small settings of the tests. Then each stage begins anew, is killed at
moments drawn over the time that it takes, DVC included (SIGKILL to the whole process group), and runs to its end; DVC
may not take the result from its cache. Printed are the files that differ (none may), and the time of all attempts over
that of the undisturbed stage.
"""

import argparse
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from mgiqa.stages import STAGES
from tests.checkout import SMALL, Checkout
from tests.crashes import LOG, SHARE, Crashes, taken


class Reproduced:
    """A stage that DVC runs, in a process group of its own."""

    def __init__(self, root: Path, name: str, dataset: str) -> None:
        target = f"{name}@{dataset}" if dataset else name
        with (root / LOG).open("a") as log:
            self.process = subprocess.Popen(
                ["dvc", "repro", "--force", "--no-run-cache", "--single-item", target],
                cwd=root,
                env=Checkout(root).environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def poll(self) -> int | None:
        return self.process.poll()

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the pipeline once, then every stage with its share of the kills."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        undisturbed = Checkout.create(Path(folder) / "undisturbed" / "mgiqa", SMALL)
        undisturbed.run("dvc", "repro")
        crashes = Crashes(undisturbed.root, Path(folder) / "mgiqa", options.seed, Reproduced)
        print("stage        kills   files that differ   time of all attempts, undisturbed = 1")
        for stage, (dataset, share) in SHARE.items():
            start, kills = time.monotonic(), round(share * options.kills / 20)
            wrong = crashes.torment(stage, dataset, kills=kills)
            ratio = (time.monotonic() - start) / taken(undisturbed.root, STAGES[stage].output.format(dataset=dataset))
            print(f"{stage:10} {kills:7} {len(wrong):19} {ratio:41.1f}   {' '.join(wrong)}", flush=True)
    print(f"{len(crashes.kills)} kills")


if __name__ == "__main__":
    main()
