"""Kills stages at 200 random moments, under DVC and under Dagster, and compares every result with an undisturbed one.

    python -m benchmarks.crash                          # hours on two cores
    python -m benchmarks.crash --kills 20 --seed 1      # a tenth of it, at other moments

The pipeline first runs undisturbed, with the small settings of the tests. Then each stage begins anew, is killed at
moments drawn over the time that it takes, and runs to its end. Under `dvc repro` SIGKILL goes to the whole process
group, DVC included; under Dagster to Dagster alone, whose guardian must end the rest. DVC may not take a result from
its run cache. Printed are the files that differ and whether the stage's entry in `dvc.lock` does (none may), and the
time of all attempts over that of the undisturbed stage.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mgiqa.pipeline import STAGES
from orchestration.versions import read_lock
from tests.checkout import SMALL, Checkout
from tests.crashes import SHARE, Crashes, Started, taken
from tests.started import Materialized, Reproduced, target


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the pipeline once, then every stage with its share of the kills."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--dagster", type=float, default=0.25, help="share of them under Dagster")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        undisturbed = Checkout.create(Path(folder) / "undisturbed" / "mgiqa", SMALL)
        undisturbed.run("dvc", "repro")
        crashes = Crashes(undisturbed.root, Path(folder) / "mgiqa", options.seed, Reproduced)
        print("stage        under     kills   files that differ   dvc.lock   time of all attempts, undisturbed = 1")
        for stage, (dataset, share) in SHARE.items():
            kills = share * options.kills / 20
            under: dict[str, tuple[Callable[[Path, str, str], Started], int]] = {
                "dvc": (Reproduced, round(kills * (1 - options.dagster))),
                "dagster": (Materialized, round(kills * options.dagster)),
            }
            for name, (start, count) in under.items():
                if count:
                    crashes.start = start
                    _torment(crashes, stage, dataset, count, name)
    print(f"{len(crashes.kills)} kills")


def _torment(crashes: Crashes, stage: str, dataset: str, kills: int, under: str) -> None:
    begin, one = time.monotonic(), target(stage, dataset)
    wrong = crashes.torment(stage, dataset, kills=kills)
    ratio = (time.monotonic() - begin) / taken(crashes.undisturbed, STAGES[stage].output.format(dataset=dataset))
    locks = [read_lock(root)[one] for root in (crashes.undisturbed, crashes.copy)]
    lock = "equal" if locks[0] == locks[1] else "differs"
    print(f"{stage:10}   {under:7} {kills:7} {len(wrong):19}   {lock:8} {ratio:41.1f}   {' '.join(wrong)}", flush=True)


if __name__ == "__main__":
    main()
