"""Laws of the simulated raters."""

import numpy as np
import pytest

from mgiqa.datasets.sample.panel import Panel, Scale

FIVE = Scale(1, 5, 1)


def rng() -> np.random.Generator:
    return np.random.default_rng(2)


@pytest.mark.parametrize("scale", [FIVE, Scale(1, 5, 0.5), Scale(0, 100, 1), Scale(0, 5, 0.1)])
def test_votes_are_points_of_the_scale(scale: Scale) -> None:
    panel = Panel.drawn(rng(), 25, slip=0.15)
    for truth in (0.0, 0.4, 1.0):
        votes = panel.vote(truth, scale, rng())
        assert votes.shape == (25,)
        assert votes.min() >= scale.lowest
        assert votes.max() <= scale.highest
        steps = (votes - scale.lowest) / scale.step
        assert np.allclose(steps, np.rint(steps))


def test_the_mean_of_many_raters_comes_to_the_truth_where_the_scale_does_not_end() -> None:
    votes = Panel.drawn(rng(), 5000, slip=0.12).vote(0.5, Scale(0, 100, 0), rng())
    assert votes.mean() == pytest.approx(50, abs=0.8)


def test_better_images_get_higher_means() -> None:
    panel = Panel.drawn(rng(), 20, slip=0.15)
    means = [
        np.mean([panel.vote(truth, FIVE, np.random.default_rng(seed)).mean() for seed in range(20)])
        for truth in np.linspace(0, 1, 8)
    ]
    assert means == sorted(means)
    assert means[-1] - means[0] > 2.5


def test_raters_disagree_as_people_do_on_five_points() -> None:
    spreads = [
        Panel.drawn(np.random.default_rng(seed), 25, slip=0.14)
        .vote(truth, FIVE, np.random.default_rng(seed))
        .std(ddof=1)
        for seed in range(20)
        for truth in (0.3, 0.5, 0.7)
    ]
    assert 0.4 < np.mean(spreads) < 0.9


def test_a_rater_who_is_mild_once_is_mild_again() -> None:
    panel = Panel.drawn(rng(), 40, slip=0.05)
    means = np.mean([panel.vote(0.5, Scale(0, 100, 0), np.random.default_rng(seed)) for seed in range(200)], axis=0)
    assert np.corrcoef(means, panel.bias)[0, 1] > 0.95
