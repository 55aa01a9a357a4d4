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
    """Values less the mean over the live answers of their group.

    Args:
        values: (n, k, ...), anything where not live.
        live: (n, k, ...) which of them count.

    Returns:
        (n, k, ...); 0 where not live.

    >>> centered(np.array([[1.0, 3.0, np.nan]]), np.array([[True, True, False]])).tolist()
    [[-1.0, 1.0, 0.0]]
    """
    count = np.maximum(live.sum(axis=1, keepdims=True), 1)
    mean = np.where(live, values, 0.0).sum(axis=1, keepdims=True) / count
    return np.where(live, values - mean, 0.0)


def group_spread(values: np.ndarray, live: np.ndarray) -> np.ndarray:
    """Unbiased standard deviation over the live answers of each group.

    Args:
        values: (n, k, ...), anything where not live.
        live: (n, k, ...) which of them count.

    Returns:
        (n, ...), at least 0; 0 with fewer than two live answers.

    >>> live = np.array([[True, True, True], [True, False, False]])
    >>> group_spread(np.array([[2.0, 4.0, 6.0], [1.0, 9.0, 9.0]]), live).tolist()
    [2.0, 0.0]
    """
    freedom = np.maximum(live.sum(axis=1) - 1, 1)
    return np.sqrt((centered(values, live) ** 2).sum(axis=1) / freedom)


def is_dead(spreads: np.ndarray, live: np.ndarray, dead_below: float) -> np.ndarray:
    """(n, ...) groups that teach nothing: at least one live answer, but fewer than two or no spread among them.

    Args:
        spreads: (n, ...) from ``group_spread``.
        live: (n, k, ...) which answers count.
        dead_below: largest spread that counts as none.

    >>> is_dead(np.array([0.0, 2.0, 0.0]), np.array([[True, True], [True, True], [False, False]]), 1e-3).tolist()
    [True, False, False]
    """
    count = live.sum(axis=1)
    return (count > 0) & ((count < 2) | (spreads <= max(dead_below, LEAST_SPREAD)))


def spread_floor(
    spreads: np.ndarray, live: np.ndarray, domain: np.ndarray, running: Running, *, floor: float, decay: float
) -> tuple[np.ndarray, Running]:
    """Least divisor of each group: ``floor`` times the running mean spread of its (domain, attribute).

    The batch at hand counts: the means move first. Groups with fewer than two live answers have no spread to count.

    Args:
        spreads: (n, a) from ``group_spread``.
        live: (n, k, a) which answers count.
        domain: (n,) label scale of each image.
        running: means of the steps before.
        floor: in [0, 1].
        decay: of the running means, in [0, 1].

    Returns:
        The floor, (n, a), 0 where nothing was measured yet; and the means that have moved.

    Source: this project's design.

    >>> spreads, live, domain = np.array([[0.1], [0.3], [0.4]]), np.ones((3, 2, 1), dtype=bool), np.array([0, 0, 1])
    >>> spread_floor(spreads, live, domain, Running(), floor=0.5, decay=0.9)[0].round(4).tolist()
    [[0.1], [0.1], [0.2]]
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
    """Running root mean square of mixed advantages in each image's domain.

    Groups without any advantage do not count: they would make the others of their domain louder.

    Args:
        mixed: (n, k) advantages of answers.
        domain: (n,) label scale of each image.
        running: means of the steps before.
        decay: of the running means, in [0, 1].

    Returns:
        The scale, (n,), 1 where there is none yet; and the means of squares that have moved.

    Source: this project's design.

    >>> mixed, domain = np.array([[3.0, -3.0], [0.5, -0.5], [0.0, 0.0]]), np.array([0, 1, 0])
    >>> domain_scale(mixed, domain, Running(), decay=0.9)[0].tolist()
    [3.0, 0.5, 3.0]
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
