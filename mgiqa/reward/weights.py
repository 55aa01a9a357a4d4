"""How much each attribute says in what is mixed: convex, so the number of labelled attributes changes no scale."""

import numpy as np


def attribute_weights(counted: np.ndarray, overall_weight: float) -> np.ndarray:
    """Weights over the last axis, ``overall`` last.

    Args:
        counted: (..., a) whether the attribute takes part.
        overall_weight: weight of ``overall`` where others take part too; they share the rest equally. Alone it takes
            all, and so do the others without it.

    Returns:
        (..., a) weights that sum to 1, or to 0 where nothing takes part.

    Source: this project's design.

    >>> attribute_weights(np.array([True, True, True]), 0.5).tolist()
    [0.25, 0.25, 0.5]
    >>> attribute_weights(np.array([[True, True, False], [False, False, True], [False, False, False]]), 0.5).tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    weights = np.zeros(counted.shape)
    others = counted[..., :-1]
    number = others.sum(axis=-1)
    overall = counted[..., -1]
    weights[..., -1] = np.where(overall, np.where(number > 0, overall_weight, 1.0), 0.0)
    share = np.where(number > 0, 1.0 - weights[..., -1], 0.0) / np.maximum(number, 1)
    weights[..., :-1] = np.where(others, share[..., None], 0.0)
    return weights
