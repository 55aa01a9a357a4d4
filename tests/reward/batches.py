"""Random batches with everything that goes wrong: missing scores, ties, lone images, missing labels and spreads."""

import numpy as np

from mgiqa.reward.advantage import RewardBatch


def random_batch(seed: int) -> RewardBatch:
    generator = np.random.default_rng(seed)
    n, k, a = generator.integers(2, 12), generator.integers(1, 7), generator.integers(1, 5)
    step = generator.choice([0.01, 0.5])
    scores = np.round(generator.uniform(1, 5, (n, k, a)) / step) * step
    scores[generator.random((n, k)) < 0.15] = np.nan
    scores[generator.random((n, k, a)) < 0.05] = np.nan
    if seed % 5 == 0:
        scores[0] = scores[0, :1]
    labels = np.round(generator.uniform(1, 5, (n, a)) * 2) / 2 if seed % 3 == 0 else generator.uniform(1, 5, (n, a))
    labels[generator.random((n, a)) < 0.2] = np.nan
    label_std = generator.uniform(0.2, 1.0, (n, a))
    label_std[generator.random((n, a)) < 0.2] = np.nan
    label_std[generator.random((n, a)) < 0.05] = 0.0
    domain = generator.integers(0, 3, n)
    domain[0] = 7 if seed % 2 else domain[0]
    return RewardBatch(
        scores=scores,
        labels=labels,
        label_std=label_std,
        domain=domain,
        content=generator.integers(0, 4, n),
        image=np.where(generator.random(n) < 0.1, 0, np.arange(n)),
        rank=(generator.random(n) < 0.2).astype(int),
        soft=generator.random((n, a)) < 0.6,
        format=generator.integers(0, 3, (n, k)),
    )


def plain_batch(seed: int = 0, *, n: int = 24, k: int = 6, a: int = 5, domains: int = 2) -> RewardBatch:
    """Complete scores, labels and spreads, every domain with the same number of images."""
    generator = np.random.default_rng(seed)
    return RewardBatch(
        scores=np.round(generator.uniform(1, 5, (n, k, a)), 2),
        labels=generator.uniform(1, 5, (n, a)),
        label_std=generator.uniform(0.3, 0.9, (n, a)),
        domain=np.arange(n) % domains,
        content=np.arange(n) // 2,
    )
