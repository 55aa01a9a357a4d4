"""The catalogue: facts that are complete, consistent and reachable."""

import re
import string

import pytest

from mgiqa.attributes import KEYS
from mgiqa.datasets.card import dataset_card
from mgiqa.datasets.catalogue import CATALOGUE, find
from mgiqa.datasets.catalogue.facts import Dataset, Layout
from mgiqa.datasets.split.public import PUBLIC_SPLITS
from mgiqa.errors import SettingsError
from mgiqa.settings.data import Custom, Source

NAMES = {
    "kadid10k", "koniq10k", "spaq", "clive", "bid", "liu13", "sriqa_bench", "shrq", "agiqa3k", "tid2013", "csiq",
    "live", "pipal", "flive", "agiqa1k", "aigciqa2023", "para", "uhd_iqa", "avt_ai", "avt_hevc", "custom",
}  # fmt: skip
LAYOUTS = [
    pytest.param(entry, layout, id=f"{entry.name}-{layout.name}")
    for entry in CATALOGUE.values()
    for layout in entry.layouts
]


def working_names(layout: Layout) -> set[str]:
    names = {name for table in layout.tables for name in (*table.columns, *table.series, *table.maybe)}
    blocks = {"block", "number", "row"} if any(table.form == "blocks" for table in layout.tables) else set()
    return names | blocks | set(layout.parts)


def test_every_dataset_is_there() -> None:
    assert set(CATALOGUE) == NAMES


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_every_fact_is_stated(entry: Dataset) -> None:
    assert all((entry.title, entry.content_rule, entry.licence, entry.citation, entry.home, entry.layouts))
    assert len({layout.name for layout in entry.layouts}) == len(entry.layouts)
    assert entry.rows >= entry.contents
    assert entry.rows > 0 or entry.name == "custom"


@pytest.mark.parametrize(("entry", "layout"), LAYOUTS)
def test_every_layout_rates_the_whole_first_on_a_declared_range(entry: Dataset, layout: Layout) -> None:
    assert layout.scores[0].key == "overall"
    keys = [score.key for score in layout.scores if score.key]
    assert len(keys) == len(set(keys))
    assert set(keys) <= set(KEYS)
    assert all(score.low < score.high and score.why for score in layout.scores)
    assert all(score.target == "hard" or score.std for score in layout.scores)


@pytest.mark.parametrize(("entry", "layout"), LAYOUTS)
def test_every_name_that_a_layout_uses_is_a_column_of_its_tables(entry: Dataset, layout: Layout) -> None:
    names = working_names(layout)
    templates = [layout.file, layout.content, *layout.images, *(template for template, _ in layout.parts.values())]
    used = {field for template in templates for _, field, _, _ in string.Formatter().parse(template) if field}
    used |= {score.column for score in layout.scores}
    used |= {score.std.column for score in layout.scores if score.std}
    used |= {name for name in (layout.prompt, layout.split, *layout.values) if name}
    used |= {layout.left_out.column} if layout.left_out else set()
    assert used <= names


@pytest.mark.parametrize(("entry", "layout"), LAYOUTS)
def test_every_pattern_finds_one_group(entry: Dataset, layout: Layout) -> None:
    patterns = [layout.content_pattern, *(pattern for _, pattern in layout.parts.values())]
    assert all(re.compile(pattern).groups == 1 for pattern in patterns)
    assert set(layout.splits.values()) <= {"train", "val", "test"}


def test_an_official_split_is_stated_by_every_layout_or_by_none() -> None:
    for entry in CATALOGUE.values():
        assert all(bool(layout.split) == (entry.split_rule == "official") for layout in entry.layouts)


def test_a_dataset_of_ones_own_may_not_take_a_name_of_the_catalogue() -> None:
    """Its figures would stand beside those that were published for another dataset."""
    with pytest.raises(
        SettingsError, match=r"the catalogue has a dataset of that name\. Give your own dataset another"
    ):
        find("koniq10k", Source(source="/mine", custom=Custom()))
    assert find("mine", Source(source="/mine", custom=Custom())).name == "mine"


def test_a_mistyped_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="did you mean koniq10k"):
        find("koniq-10k")


def test_public_splits_belong_to_datasets_of_the_catalogue_and_have_names_of_their_own() -> None:
    assert {split.dataset for split in PUBLIC_SPLITS} <= set(CATALOGUE)
    assert len({(split.dataset, split.name) for split in PUBLIC_SPLITS}) == len(PUBLIC_SPLITS)


def test_a_card_shows_where_to_get_a_dataset_and_what_its_scores_mean() -> None:
    shown = dataset_card(find("csiq"))
    assert shown["home"].startswith("https://")
    assert shown["layouts"]["official"]["scores"]["quality"]["direction"] == "lower is better"
    assert shown["layouts"]["official"]["labels"][0]["sheet"] == "all_by_image"
