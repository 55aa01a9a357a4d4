from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgiqa.errors import SettingsError
from mgiqa.training.grpo.sampler import BalancedBatches, GroupedSampler

SIZES = {"a": 40, "b": 90, "c": 33, "d": 64}
FAMILY = {"a": "synthetic", "b": "authentic", "c": "authentic", "d": "generated"}
DOMAIN = np.repeat(list(SIZES), list(SIZES.values()))


def plan(images=32, least=8, seed=0, ranks=1, names=tuple(SIZES)):
    domain = DOMAIN[np.isin(DOMAIN, names)]
    return BalancedBatches(domain, np.array([FAMILY[name] for name in domain]), images, least, seed, ranks)


@settings(deadline=None)
@given(st.integers(0, 1000), st.sampled_from([(32, 8), (16, 8), (24, 6), (40, 10)]))
def test_a_chosen_domain_brings_enough_images_and_none_twice(seed, size):
    images, least = size
    made = plan(images, least, seed)
    for rows in made.first(6):
        assert len(rows) == len(set(rows.tolist())) == images
        assert min(Counter(made.domain[rows]).values()) >= least


@given(st.integers(1, 30), st.integers(1, 30))
def test_a_batch_depends_on_its_number_alone(first, second):
    short, long = sorted((first, second))
    assert all(np.array_equal(one, other) for one, other in zip(plan().first(short), plan().first(long), strict=False))


def test_another_seed_is_another_plan():
    assert not np.array_equal(plan(seed=0).first(1)[0], plan(seed=1).first(1)[0])


def test_every_image_of_a_domain_comes_before_any_comes_again():
    made = plan(images=16, least=16, names=("b",))
    seen = np.concatenate(made.first(5))
    assert max(Counter(seen.tolist()).values()) == 1


def test_families_take_part_equally_often():
    made = plan(images=8, least=8)
    families = Counter(str(made.family[rows[0]]) for rows in made.first(600))
    assert all(abs(count - 200) < 60 for count in families.values())


def test_each_process_gets_one_domain_where_that_is_asked():
    made = plan(images=32, ranks=4)
    for rows in made.first(10):
        assert all(len(set(made.domain[part].tolist())) == 1 for part in np.split(rows, 4))


def test_answers_of_an_image_come_together_and_batches_as_often_as_they_are_used():
    sampler = GroupedSampler([np.array([3, 1]), np.array([7, 5])], answers=2, repeats=2)
    assert list(sampler) == [3, 3, 1, 1, 3, 3, 1, 1, 7, 7, 5, 5, 7, 7, 5, 5]
    assert len(sampler) == len(list(sampler))


@pytest.mark.parametrize(("images", "least"), [(4, 8), (200, 8)])
def test_a_batch_that_cannot_be_filled_is_refused(images, least):
    with pytest.raises(SettingsError, match=r"train\.|training split"):
        plan(images, least)
