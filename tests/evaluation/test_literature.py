"""Published figures are what their sources print, and stand beside ours only where the two compare."""

import numpy as np
import pytest

from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.evaluation.literature.figures import PublishedFigure, on_dataset, published_figures, why_not_beside
from mgiqa.evaluation.literature.protocols import PROTOCOLS, protocol_of


def figure(source: str, method: str, dataset: str, metric: str, protocol: str | None) -> PublishedFigure:
    (found,) = (
        f
        for f in published_figures()
        if (f.source.id, f.method, f.dataset, f.metric, f.protocol) == (source, method, dataset, metric, protocol)
    )
    return found


def test_the_mean_that_a_source_prints_is_the_mean_of_its_figures() -> None:
    """A slip in transcribing shows here: sources print averages beside the figures, rounded to three digits."""
    rows: dict[tuple[str, str, str, str | None], dict[str, float]] = {}
    for f in published_figures():
        rows.setdefault((f.source.id, f.method, f.metric, f.protocol), {})[f.dataset] = f.value
    checked = 0
    for name, row in rows.items():
        if "mean" in row and len(row) > 1:
            mean = np.mean([value for dataset, value in row.items() if dataset != "mean"])
            assert row["mean"] == pytest.approx(mean, abs=0.0011), name
            checked += 1
    assert checked >= 45


def test_datasets_are_in_the_catalogue_and_values_are_correlations() -> None:
    for f in published_figures():
        assert f.dataset == "mean" or f.dataset in CATALOGUE
        assert f.metric in ("srcc", "plcc")
        assert 0 < f.value < 1
        assert f.protocol is None or f.protocol in PROTOCOLS
        assert f.source.url.startswith("https://")


def test_no_figure_is_listed_twice() -> None:
    keys = [(f.source.id, f.method, f.listed_as, f.metric, f.protocol) for f in published_figures()]
    assert len(keys) == len(set(keys))


def test_where_a_source_gives_two_figures_for_one_set_both_are_there() -> None:
    ours = {f.listed_as: f.value for f in published_figures() if f.source.id == "mg_iqa_listing"}
    assert (ours["KonIQ-10k"], ours["KonIQ"]) == (0.830, 0.848)
    assert (ours["AGIQA-3K"], ours["AGIQA"]) == (0.824, 0.842)
    both = [f for f in on_dataset("koniq10k", "srcc") if f.source.id == "mg_iqa_listing"]
    assert [f.value for f in both] == [0.848, 0.830]


def test_a_figure_may_stand_beside_one_of_the_same_protocol_and_images() -> None:
    rival = figure("visualquality_r1", "VisualQuality-R1", "koniq10k", "srcc", "P1")
    assert rival.value == 0.830
    assert why_not_beside(rival, protocol="P1", n=10073) == ""
    assert why_not_beside(rival, protocol="P1", n=10073, n_scored=10073) == ""


@pytest.mark.parametrize(
    ("protocol", "n", "n_scored", "reason"),
    [
        (None, 10073, 10073, "no named protocol"),
        ("P2", 10073, 10073, "ours follows P2"),
        ("P1", 2015, 2015, "10073 images of koniq10k; ours on 2015"),
        ("P1", 10073, 10070, "3 of our 10073 images"),
    ],
)
def test_otherwise_a_sentence_says_why_not(protocol: str | None, n: int, n_scored: int, reason: str) -> None:
    rival = figure("visualquality_r1", "VisualQuality-R1", "koniq10k", "srcc", "P1")
    assert reason in why_not_beside(rival, protocol=protocol, n=n, n_scored=n_scored)


def test_a_source_that_does_not_tell_protocol_or_size_compares_with_nothing() -> None:
    seed = next(f for f in published_figures() if f.source.id == "mg_iqa_listing")
    assert "does not say how" in why_not_beside(seed, protocol="P1", n=11125)
    unsized = figure("q_insight", "DeQA-Score", "pipal", "plcc", "P4")
    assert "how many images" in why_not_beside(unsized, protocol="P4", n=1000)


def test_a_protocol_is_told_from_the_training_images() -> None:
    named = [
        ({"kadid10k": 6125}, "P1"),
        ({"kadid10k": 6125, "spaq": 6675}, "P2"),
        ({"koniq10k": 7046}, "P4"),
        ({"koniq10k": 7058}, "P4"),
        ({"kadid10k": 6125, "spaq": 6675, "para": 20000, "agiqa3k": 1800}, "P3"),
    ]
    for training, name in named:
        found = protocol_of(training)
        assert found is not None
        assert found.name == name
    for training in ({"kadid10k": 144}, {"spaq": 6675}, {}):
        assert protocol_of(training) is None


def test_protocols_name_datasets_of_the_catalogue() -> None:
    for protocol in PROTOCOLS.values():
        assert {*protocol.training, *protocol.benchmarks} <= set(CATALOGUE)
        assert protocol.in_domain <= set(protocol.benchmarks)
        assert protocol.in_domain >= set(protocol.training) & set(protocol.benchmarks)
