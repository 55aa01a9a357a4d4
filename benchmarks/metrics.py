"""What intervals cost: 1,000 bootstrap resamples on as many predictions as SPAQ has, for six attributes.

Compares every figure of ``agreement`` (SRCC, KRCC, PLCC raw and mapped, RMSE, pairwise accuracy, each with its
interval) with a plain loop over ``scipy.stats.spearmanr``, which gives the interval of SRCC alone.

Run: ``python benchmarks/metrics.py``.
"""

import os
import time

import numpy as np
from scipy.stats import spearmanr

from mgiqa.metrics.agreement import agreement

IMAGES, ATTRIBUTES, RESAMPLES = 11_125, 6, 1000
LOOPED = 100
"""Resamples that the loop really runs for each attribute; its time is scaled up."""


def main() -> None:
    """Prints both times and their ratio."""
    load = os.getloadavg()[0]
    rng = np.random.default_rng(0)
    mos = rng.uniform(1, 5, (ATTRIBUTES, IMAGES))
    predicted = mos + rng.normal(size=mos.shape)
    agreement(predicted[0, :100], mos[0, :100], resamples=10)

    start, used = time.perf_counter(), time.process_time()
    intervals = [agreement(x, y, resamples=RESAMPLES).intervals["srcc"] for x, y in zip(predicted, mos, strict=True)]
    ours, ours_used = time.perf_counter() - start, time.process_time() - used

    start, used = time.perf_counter(), time.process_time()
    for x, y in zip(predicted, mos, strict=True):
        for _ in range(LOOPED):
            drawn = rng.integers(0, IMAGES, IMAGES)
            spearmanr(x[drawn], y[drawn])
    loop = (time.perf_counter() - start) * RESAMPLES / LOOPED
    loop_used = (time.process_time() - used) * RESAMPLES / LOOPED

    print(
        f"{IMAGES} predictions x {ATTRIBUTES} attributes, {RESAMPLES} resamples, {len(os.sched_getaffinity(0))} cores"
    )
    print(f"load of this machine when it began: {load:.1f} (times mean something below 1)")
    print(f"agreement, every figure with its interval: {ours:6.2f} s, {ours_used:6.2f} s of processors")
    print(f"loop over spearmanr, SRCC alone:           {loop:6.2f} s, {loop_used:6.2f} s of processors", end=" ")
    print(f"(scaled up from {LOOPED} resamples)")
    print(f"ratio: {loop / ours:.1f} in time, {loop_used / ours_used:.1f} in processors")
    print(f"interval of SRCC, first attribute: {intervals[0][0]:.4f} ... {intervals[0][1]:.4f}")


if __name__ == "__main__":
    main()
