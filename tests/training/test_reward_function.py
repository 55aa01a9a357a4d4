import numpy as np
import pytest

from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import write_answer
from mgiqa.dialogue.wording import reasons
from mgiqa.errors import TrainingError
from mgiqa.reward.advantage import RECOMMENDED
from mgiqa.training.grpo.reward_function import RewardFunction

ANSWERS = 4
ROWS = [0, 1, 2, 3, 12, 13, 14]


@pytest.fixture
def reward_function(training):
    return RewardFunction(training, RECOMMENDED, answers=ANSWERS)


def written(score):
    scores = dict.fromkeys(KEYS, float(np.clip(score, 1, 5)))
    return [{"role": "assistant", "content": write_answer(scores, reasons(scores))}]


@pytest.fixture
def batch(training):
    """Answers around the truth, one of them far off."""
    shifts = [0.0, 0.2, -0.2, 2.0]
    completions = [written(training.labels[row, -1] + shift) for row in ROWS for shift in shifts]
    return completions, [row for row in ROWS for _ in range(ANSWERS)]


def test_the_answer_that_is_far_off_earns_least(reward_function, batch):
    rewards = np.array(reward_function(*batch)).reshape(-1, ANSWERS)
    middle = [place for place, row in enumerate(ROWS) if 1.5 < reward_function.data.labels[row, -1] < 3]
    assert middle
    assert (rewards[middle].argmin(axis=1) == ANSWERS - 1).all()


def test_an_answer_that_cannot_be_read_is_failed_and_gets_no_score(reward_function, batch):
    completions, rows = batch
    completions[1] = [{"role": "assistant", "content": "<answer>good</answer>"}]
    scored = reward_function.score(completions, rows)
    assert np.isnan(scored.batch.scores[0, 1]).all()
    assert scored.result.combined[0, 1] == scored.result.combined[0].min()
    assert scored.result.reward[0, 1] == 0.0


def test_an_answer_without_an_end_counts_as_truncated(reward_function, batch):
    completions, rows = batch
    completions[0] = [{"role": "assistant", "content": completions[0][0]["content"].removesuffix("</answer>")}]
    assert reward_function.score(completions, rows).truncated == pytest.approx(1 / len(rows))


def test_unlabelled_attributes_are_masked(reward_function, batch):
    weight = reward_function.score(*batch).result.weight
    assert (weight[:, [0, 1, 3]] == 0).all()
    assert (weight[:4, 2] > 0).all()
    assert (weight[4:, 2] == 0).all()


def test_groups_that_are_torn_apart_are_refused(reward_function, batch):
    completions, rows = batch
    with pytest.raises(TrainingError, match="whole groups"):
        reward_function(completions, rows[1:] + rows[:1])


def test_running_means_survive_a_checkpoint(reward_function, batch, training, tmp_path):
    reward_function(*batch)
    reward_function.save_state(tmp_path)
    other = RewardFunction(training, RECOMMENDED, answers=ANSWERS)
    other.load_state(tmp_path)
    again, resumed = reward_function.score(*batch), other.score(*batch)
    np.testing.assert_array_equal(resumed.result.combined, again.result.combined)
    assert again.result.running != RewardFunction(training, RECOMMENDED, answers=ANSWERS).running


def test_what_trl_is_given_are_the_rewards_of_the_answers_in_their_order(reward_function, batch):
    assert reward_function(*batch) == reward_function.score(*batch).result.reward.ravel().tolist()
