"""Advantages that mean the same in every domain: what lets synthetic, authentic and generated images train together.

A reward is compared inside its group only. What divides it is the spread of that group, but no less than a part of the
running mean of that spread for the same domain and attribute, so that groups in near agreement are not blown up; and
what is mixed from the attributes is divided by its running root mean square in the domain, so that an easy domain, or
one with few attributes, does not outweigh a hard one. Source: this project's design; the group's advantage is that of
GRPO (arXiv 2402.03300).
"""

import numpy as np

from mgiqa.reward.running_means import Running

LEAST_SPREAD = 1e-12
"""Spread of rounding errors: a group below it is dead whatever the settings say."""


def centered(values: np.ndarray, live: np.ndarray) -> np.ndarray:
    """(n, k, ...) values less the mean over the live answers of their group; 0 where not live."""
    count = np.maximum(live.sum(axis=1, keepdims=True), 1)
    mean = np.where(live, values, 0.0).sum(axis=1, keepdims=True) / count
    return np.where(live, values - mean, 0.0)


def group_spread(values: np.ndarray, live: np.ndarray) -> np.ndarray:
    """(n, ...) unbiased standard deviation over the live answers of each group; 0 with fewer than two."""
    freedom = np.maximum(live.sum(axis=1) - 1, 1)
    return np.sqrt((centered(values, live) ** 2).sum(axis=1) / freedom)


def is_dead(spreads: np.ndarray, live: np.ndarray, dead_below: float) -> np.ndarray:
    """(n, ...) groups that teach nothing: at least one live answer, but fewer than two or no spread among them."""
    count = live.sum(axis=1)
    return (count > 0) & ((count < 2) | (spreads <= max(dead_below, LEAST_SPREAD)))


def spread_floor(
    spreads: np.ndarray, live: np.ndarray, domain: np.ndarray, running: Running, *, floor: float, decay: float
) -> tuple[np.ndarray, Running]:
    """(n, a) least divisor of each group: ``floor`` times the running mean spread of its (domain, attribute).

    The batch at hand counts: the means move first. Groups with fewer than two live answers have no spread to count.

    Returns:
        The floor, and the means that have moved.
    """
    measured = live.sum(axis=1) >= 2
    observed: dict[str, float] = {}
    cells = [(name, column) for name in np.unique(domain) for column in range(spreads.shape[1])]
    for name, column in cells:
        rows = (domain == name) & measured[:, column]
        if rows.any():
            observed[_spread_key(name, column)] = float(spreads[rows, column].mean())
    running = running.updated(observed, decay)
    least = np.zeros_like(spreads)
    for name, column in cells:
        if _spread_key(name, column) in running.means:
            least[domain == name, column] = floor * running.mean(_spread_key(name, column))
    return least, running


def domain_scale(
    mixed: np.ndarray, domain: np.ndarray, running: Running, *, decay: float
) -> tuple[np.ndarray, Running]:
    """(n,) running root mean square of (n, k) mixed advantages in each image's domain; 1 where there is none yet.

    Groups without any advantage do not count: they would make the others of their domain louder.

    Returns:
        The scale, and the means of squares that have moved.
    """
    alive = (mixed != 0).any(axis=1)
    names = np.unique(domain)
    observed = {
        _square_key(name): float((mixed[alive & (domain == name)] ** 2).mean())
        for name in names
        if (alive & (domain == name)).any()
    }
    running = running.updated(observed, decay)
    scale = np.ones(len(domain))
    for name in names:
        if _square_key(name) in running.means:
            scale[domain == name] = np.sqrt(running.mean(_square_key(name)))
    return scale, running


def _spread_key(domain: object, column: int) -> str:
    return f"spread/{domain}/{column}"


def _square_key(domain: object) -> str:
    return f"square/{domain}"
