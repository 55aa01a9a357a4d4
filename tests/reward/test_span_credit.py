import numpy as np
import pytest

from mgiqa.reward.advantage import RECOMMENDED, compute
from mgiqa.reward.span_credit import membership, token_advantage
from tests.reward.batches import plain_batch

#        0         1         2
#        0123456789012345678901234567
TEXT = "Sharp: soft. Overall: fair. "
SPANS = [[(0, 12)], [(13, 27)]]


def test_a_token_belongs_to_the_spans_that_it_overlaps() -> None:
    offsets = np.array([[0, 5], [5, 12], [12, 13], [10, 15], [13, 20], [27, 28]])
    assert membership(SPANS, offsets).tolist() == [
        [True, False],
        [True, False],
        [False, False],
        [True, True],
        [False, True],
        [False, False],
    ]


def test_a_token_belongs_to_an_attribute_by_any_of_its_spans() -> None:
    twice = [[(0, 4), (20, 24)], [(8, 12)]]
    assert membership(twice, np.array([[0, 4], [8, 12], [20, 24]])).tolist() == [
        [True, False],
        [False, True],
        [True, False],
    ]


def test_special_tokens_belong_to_nothing() -> None:
    assert not membership(SPANS, np.array([[0, 0], [5, 5], [14, 14]])).any()


def test_an_answer_without_spans_or_tokens_has_no_members() -> None:
    assert not membership([[], []], np.array([[0, 5], [5, 9]])).any()
    assert membership(SPANS, np.empty((0, 2))).shape == (0, 2)


def test_an_attribute_speaks_to_its_own_tokens_and_overall_to_all() -> None:
    component = np.array([[2.0, -4.0, 1.0]])
    members = np.array([[[True, False, False], [False, True, False], [False, False, False], [True, True, False]]])
    weight = np.array([[0.25, 0.25, 0.5]])
    tokens = token_advantage(component, weight, np.array([0.3]), members, 0.5)
    np.testing.assert_allclose(tokens, [[1.5 + 0.3, -1.5 + 0.3, 1.0 + 0.3, 0.5 * 1 + 0.25 * 2 - 0.25 * 4 + 0.3]])


def test_an_attribute_that_takes_no_part_is_silent_on_its_own_tokens() -> None:
    component = np.array([[7.0, 1.0]])
    tokens = token_advantage(component, np.array([[0.0, 1.0]]), np.zeros(1), np.array([[[True, False]]]), 0.5)
    assert tokens.tolist() == [[1.0]]


def test_tokens_that_all_attributes_own_get_the_advantage_of_the_answer() -> None:
    result = compute(plain_batch(n=8, k=4), RECOMMENDED)
    n, k, a = result.component.shape
    tokens = token_advantage(
        result.component.reshape(n * k, a),
        np.repeat(result.weight, k, axis=0),
        result.format.reshape(-1),
        np.ones((n * k, 3, a), dtype=bool),
        RECOMMENDED.overall_weight,
    )
    np.testing.assert_allclose(tokens, np.repeat(result.combined.reshape(-1, 1), 3, axis=1), atol=1e-12)


def test_the_members_that_are_passed_in_stay_as_they_were() -> None:
    members = np.zeros((1, 2, 2), dtype=bool)
    token_advantage(np.ones((1, 2)), np.full((1, 2), 0.5), np.zeros(1), members, 0.5)
    assert not members.any()


def test_offsets_that_are_no_ranges_are_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        membership(SPANS, np.array([1, 2, 3]))
