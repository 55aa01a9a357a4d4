"""What the reward costs: the vectorized form against a literal triple loop, and its growth with the batch.

    python benchmarks/reward.py            # minutes, most of them for the literal loop
    python benchmarks/reward.py --part 8   # the literal loop for 8 of the 64 images, its time scaled up

The literal loop works as published trainers do: for every image, answer and other image one pair of scalar tensors, a
normal distribution made anew, its cumulative probability, two roots. Torch and numpy use one thread each.
"""

import argparse
import os
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from mgiqa.reward.advantage import PARITY, RECOMMENDED, RewardBatch, compute
from mgiqa.reward.settings import RewardSettings

IMAGES, ANSWERS, ATTRIBUTES = 64, 16, 6
CURVE = (32, 64, 128, 256, 512, 1024)


def random_batch(images: int, domains: int) -> RewardBatch:
    """Complete scores and labels, the images shared out to ``domains``."""
    generator = np.random.default_rng(0)
    return RewardBatch(
        scores=np.round(generator.uniform(1, 5, (images, ANSWERS, ATTRIBUTES)), 2),
        labels=generator.uniform(1, 5, (images, ATTRIBUTES)),
        label_std=generator.uniform(0.3, 0.9, (images, ATTRIBUTES)),
        domain=np.arange(images) % domains,
        content=np.arange(images),
    )


def pair_reward(score: torch.Tensor, mean: torch.Tensor, variances: torch.Tensor, wanted: float) -> torch.Tensor:
    """One comparison, with a distribution of its own."""
    normal = torch.distributions.Normal(0, 1)
    p = normal.cdf((score - mean) / torch.sqrt(variances + 1e-6))
    return torch.sqrt(p * wanted) + torch.sqrt((1 - p) * (1 - wanted))


def literal(batch: RewardBatch, images: int) -> np.ndarray:
    """(images, k, a) rewards of the first images, one pair at a time."""
    n, k, a = batch.scores.shape
    rewards = np.empty((images, k, a))
    for attribute in range(a):
        scores = torch.tensor(batch.scores[:, :, attribute])
        labels = batch.labels[:, attribute]
        means, variances = scores.mean(dim=1), scores.var(dim=1)
        for i in range(images):
            for answer in range(k):
                total = torch.zeros((), dtype=scores.dtype)
                for j in range(n):
                    if j != i:
                        wanted = float(labels[i] > labels[j])
                        total += pair_reward(scores[i, answer], means[j], variances[i] + variances[j], wanted)
                rewards[i, answer, attribute] = total / (n - 1)
    return rewards


def best_time(action: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def peak_memory(action: Callable[[], object]) -> float:
    """MiB that the action allocates at once, beyond what was there."""
    tracemalloc.start()
    action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def against_the_loop(part: int) -> None:
    """Prints the time of both forms on the same batch, how far their rewards differ, and the ratio."""
    batch = random_batch(IMAGES, domains=1)
    start = time.perf_counter()
    wanted = literal(batch, part)
    slow = (time.perf_counter() - start) * IMAGES / part
    difference = np.abs(compute(batch, PARITY).quality[:part] - wanted).max()
    print(f"{IMAGES} images x {ANSWERS} answers x {ATTRIBUTES} attributes, one domain")
    print(
        f"  literal loop, per-pair torch   {slow * 1e3:10.1f} ms"
        + (f"   ({part} images, scaled)" if part < IMAGES else "")
    )
    for name, settings in (("parity", PARITY), ("recommended", RECOMMENDED)):
        fast = best_time(partial(compute, batch, settings), 20)
        print(f"  compute, {name:<20}  {fast * 1e3:10.1f} ms   {slow / fast:8.0f} times faster")
    print(f"  largest difference of a reward {difference:10.1e}")


def curve(settings: RewardSettings) -> None:
    """Prints time and memory over the size of the batch."""
    print("\n  images   one domain            four domains")
    for images in CURVE:
        cells = []
        for domains in (1, 4):
            batch = random_batch(images, domains)
            action = lambda batch=batch: compute(batch, settings)  # noqa: E731
            cells.append(f"{best_time(action, 3) * 1e3:9.1f} ms {peak_memory(action):6.1f} MiB")
        print(f"  {images:6d} {'  '.join(cells)}")


def main() -> None:
    """Runs both measurements."""
    parser = argparse.ArgumentParser(description="Cost of the reward.")
    parser.add_argument("--part", type=int, default=IMAGES, help="images that the literal loop computes")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    against_the_loop(min(max(arguments.part, 1), IMAGES))
    curve(RECOMMENDED)


if __name__ == "__main__":
    main()
