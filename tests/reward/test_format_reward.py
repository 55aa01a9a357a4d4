import numpy as np

from mgiqa.reward.batch import AnswerFormat, format_reward


def test_strict_beats_recovered_beats_failed() -> None:
    states = np.array([[AnswerFormat.STRICT, AnswerFormat.RECOVERED, AnswerFormat.FAILED]])
    assert format_reward(states).tolist() == [[1.0, 0.5, 0.0]]
