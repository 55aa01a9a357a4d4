"""How well a predicted preference agrees with the human one."""

import numpy as np


def fidelity(predicted: np.ndarray, target: np.ndarray, epsilon: float = 0.0) -> np.ndarray:
    """``sqrt(p t) + sqrt((1 - p)(1 - t))``: 1 where both agree, 0 where they contradict each other.

    Args:
        predicted: p in [0, 1].
        target: t in [0, 1]; broadcast against ``predicted``.
        epsilon: added inside both roots.

    Source: Tsai et al., FRank, SIGIR 2007; VisualQuality-R1, arXiv 2505.14460, equation 3. The released code of the
    latter adds 1e-6 inside both roots (TianheWu/VisualQuality-R1@a16dcdb); its paper does not.
    """
    if epsilon:
        return np.sqrt(predicted * target + epsilon) + np.sqrt((1 - predicted) * (1 - target) + epsilon)
    return np.sqrt(predicted) * np.sqrt(target) + np.sqrt(1 - predicted) * np.sqrt(1 - target)
