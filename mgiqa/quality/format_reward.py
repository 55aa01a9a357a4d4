"""The reward for keeping to the form of an answer. It sees states, not text: reading is the dialogue's business."""

from enum import IntEnum

import numpy as np


class AnswerFormat(IntEnum):
    """How an answer could be read."""

    FAILED = 0
    RECOVERED = 1
    STRICT = 2


REWARD = np.array([0.0, 0.5, 1.0])
"""Reward of each ``AnswerFormat``."""


def format_reward(formats: np.ndarray) -> np.ndarray:
    """1 for the strict form, 0.5 for one that could be recovered, 0 for one that could not; any shape of states."""
    return REWARD[formats]
