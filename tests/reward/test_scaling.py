import numpy as np
import pytest

from mgiqa.reward import scaling
from mgiqa.reward.running_means import Running

LIVE = np.ones((1, 4), dtype=bool)


def test_centering_and_spread_see_live_answers_only() -> None:
    values = np.array([[1.0, 3.0, 100.0, 5.0]])
    live = np.array([[True, True, False, True]])
    assert scaling.centered(values, live).tolist() == [[-2.0, 0.0, 0.0, 2.0]]
    assert scaling.group_spread(values, live).tolist() == [2.0]


def test_a_group_is_dead_without_spread_or_with_a_single_answer() -> None:
    live = np.array([[True, True], [True, False], [False, False], [True, True]])
    spreads = np.array([0.0, 0.0, 0.0, 0.5])
    assert scaling.is_dead(spreads, live, 1e-3).tolist() == [True, True, False, False]


def test_the_floor_keeps_near_agreement_from_being_blown_up() -> None:
    live = np.ones((2, 3, 1), dtype=bool)
    spreads = np.array([[0.30], [0.01]])
    floor, _ = scaling.spread_floor(spreads, live, np.array(["a", "a"]), Running(), floor=0.25, decay=0.99)
    np.testing.assert_allclose(floor[:, 0], 0.25 * 0.155)


def test_the_floor_remembers_earlier_batches() -> None:
    live = np.ones((1, 3, 1), dtype=bool)
    domain = np.array(["a"])
    _, running = scaling.spread_floor(np.array([[0.4]]), live, domain, Running(), floor=1.0, decay=0.5)
    floor, _ = scaling.spread_floor(np.array([[0.1]]), live, domain, running, floor=1.0, decay=0.5)
    assert floor[0, 0] == pytest.approx((0.5 * 0.4 + 0.1) / 1.5)


def test_groups_without_two_live_answers_do_not_move_the_floor() -> None:
    live = np.array([[[True], [False], [False]]])
    floor, running = scaling.spread_floor(np.zeros((1, 1)), live, np.array([1]), Running(), floor=0.25, decay=0.9)
    assert floor[0, 0] == 0
    assert running == Running()


def test_the_scale_of_a_domain_is_its_root_mean_square_over_groups_that_say_something() -> None:
    mixed = np.array([[3.0, -3.0], [0.0, 0.0], [1.0, -1.0]])
    scale, _ = scaling.domain_scale(mixed, np.array([0, 0, 1]), Running(), decay=0.99)
    np.testing.assert_allclose(scale, [3.0, 3.0, 1.0])


def test_a_domain_that_says_nothing_keeps_a_scale_of_one() -> None:
    scale, running = scaling.domain_scale(np.zeros((2, 3)), np.zeros(2), Running(), decay=0.99)
    assert scale.tolist() == [1.0, 1.0]
    assert running == Running()
