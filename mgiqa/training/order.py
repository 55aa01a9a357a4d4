"""The order in which images are seen: a pure function of the seed, so that a run can be repeated and resumed."""

import numpy as np
from numpy.typing import NDArray


def passes(count: int, length: int, seed: int) -> NDArray[np.int64]:
    """``length`` rows out of ``count``: every row once per pass, in another order each pass."""
    rounds = -(-length // count)
    order = [np.random.default_rng([seed, number]).permutation(count) for number in range(rounds)]
    return np.concatenate(order)[:length]
