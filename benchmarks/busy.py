"""How much scoring and training slow down beside a program that keeps every core busy.

    python benchmarks/busy.py                    # 16 images and 10 steps of the tiny-cpu preset
    python benchmarks/busy.py --work score       # without training

The rival is the same work with threads that wait in busy loops (``OMP_WAIT_POLICY=ACTIVE``). With as many loops as
cores, a fair share of the machine is a half, so that twice as long is what there is to expect.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from mgiqa.cores import share_cores, usable_cores
from mgiqa.quiet import silence_tools

WORK = ("score", "train")


def once(work: str, steps: int) -> float:
    """Seconds of 16 images, or of some steps of training, in this process; loading is not counted."""
    share_cores()
    from scoring import ours, pictures
    from training import ROOT, find_preset, measure, random_model, with_preset, yaml

    from mgiqa.settings import check_settings

    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    settings = check_settings(with_preset(params, find_preset(ROOT, "tiny-cpu")))
    if work == "train":
        return float(measure(settings, None, steps, shared=True).steps.sum())
    loaded, images = random_model(settings), pictures(16, 0)
    loaded.model.eval()
    ours(loaded, images, 32)
    start = time.perf_counter()
    ours(loaded, images, 32)
    return time.perf_counter() - start


def measured(work: str, policy: str, loops: int, steps: int) -> float:
    """Seconds of a process whose threads wait as ``policy`` says, beside so many busy loops."""
    beside = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        environment = {**os.environ, "OMP_WAIT_POLICY": policy}
        command = [sys.executable, str(Path(__file__)), "--once", work, "--steps", str(steps)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    finally:
        for loop in beside:
            loop.kill()
            loop.wait()
    return float(done.stdout.split()[-1])


def main() -> None:
    """Prints a line for each kind of work and way to wait."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", choices=WORK, nargs="+", default=list(WORK))
    parser.add_argument("--steps", type=int, default=10, help="of training")
    parser.add_argument("--once", choices=WORK, help=argparse.SUPPRESS)
    options = parser.parse_args()
    silence_tools()
    if options.once:
        print(once(options.once, options.steps))
        return
    for work in options.work:
        for policy in ("PASSIVE", "ACTIVE"):
            idle, busy = (measured(work, policy, loops, options.steps) for loops in (0, usable_cores()))
            print(
                f"{work}, {policy.lower()}: {idle:.2f} s alone, {busy:.2f} s beside; {busy / idle:.1f} times",
                flush=True,
            )


if __name__ == "__main__":
    main()
