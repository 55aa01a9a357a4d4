"""Nobody is judged on images that one of the two learned from."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.evaluation.leakage import Side, find_leak, leaked

SPLITS = ("train", "val", "test")


def splits(**contents: str) -> pd.DataFrame:
    """Two images per content; a content's split by its name."""
    rows = [(split, "spaq", f"spaq/{name}", f"{name}{copy}") for name, split in contents.items() for copy in (0, 1)]
    return pd.DataFrame(rows, columns=["split", "dataset", "content", "sha256"])


def unseen(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["split"] == "test"]


ONE = splits(a="train", b="val", c="test", d="test")
SAME = splits(a="train", b="val", c="test", d="test")
OTHER = splits(a="test", b="train", c="train", d="test")


def test_models_made_with_the_same_splits_may_be_compared() -> None:
    assert find_leak(Side("second", ONE), Side("first", SAME), unseen(ONE)) is None
    assert find_leak(Side("second", ONE), None, unseen(ONE)) is None


def test_a_champion_that_learned_from_the_tests_is_not_compared_and_told_how_many() -> None:
    refused = find_leak(Side("second", ONE), Side("first", OTHER), unseen(ONE))
    assert refused is not None and not refused.promote
    assert refused.figures == {"images": 4, "leaked": 2}
    assert refused.reasons[0].startswith("first learned from the contents of 2 of the 4 test images of second")
    assert "(such as spaq/c)" in refused.reasons[0] and "seed" in refused.reasons[0]


def test_a_challenger_that_learned_from_the_tests_of_the_champion_is_not_compared_either() -> None:
    champion = splits(a="test", e="train", d="test")
    refused = find_leak(Side("second", ONE), Side("first", champion), unseen(splits(c="test", d="test")))
    assert (
        refused is not None
        and "second learned from the contents of 2 of the 4 test images of first" in (refused.reasons[0])
    )


def test_a_challenger_that_learned_from_its_own_tests_is_refused_even_as_the_first() -> None:
    refused = find_leak(Side("second", ONE), None, unseen(OTHER))
    assert refused is not None
    assert "second learned from the contents of 2 of its own 4 test images" in refused.reasons[0]


@pytest.mark.parametrize("shaping", ["train", "val"])
def test_validation_shapes_a_model_as_training_does(shaping: str) -> None:
    assert len(leaked(unseen(splits(c="test")), splits(c=shaping))) == 2
    assert len(leaked(unseen(splits(c="test")), splits(c="test"))) == 0


def test_the_same_file_under_another_name_leaks_and_so_does_another_image_of_the_content() -> None:
    learned = splits(a="train")
    renamed = learned.assign(content="elsewhere/7")
    again = learned.assign(sha256=["x", "y"])
    assert len(leaked(renamed, learned)) == len(leaked(again, learned)) == 2
    assert len(leaked(renamed.assign(sha256=["x", "y"]), learned)) == 0


def test_images_without_a_content_do_not_all_show_the_same() -> None:
    nameless = splits(a="train").assign(content=None)
    assert len(leaked(nameless.assign(sha256=["x", "y"]), nameless)) == 0


def test_what_is_not_known_is_not_fair_and_the_way_on_is_named() -> None:
    for challenger, champion, remedy in ((None, ONE, "single-item register"), (ONE, None, "at its commit")):
        refused = find_leak(Side("second", challenger), Side("first", champion), unseen(ONE))
        assert refused is not None and not refused.promote
        name = "second" if challenger is None else "first"
        assert f"unknown which images {name} learned from" in refused.reasons[0] and remedy in refused.reasons[0]


@given(
    st.lists(st.sampled_from(SPLITS), min_size=6, max_size=6), st.lists(st.sampled_from(SPLITS), min_size=6, max_size=6)
)
def test_a_comparison_is_allowed_exactly_where_no_content_is_test_for_one_and_learned_by_the_other(
    ours: list[str], theirs: list[str]
) -> None:
    one, other = (splits(**dict(zip("abcdef", drawn, strict=True))) for drawn in (ours, theirs))
    unfair = any((first == "test") != (second == "test") for first, second in zip(ours, theirs, strict=True))
    found = find_leak(Side("second", one), Side("first", other), unseen(one))
    assert (found is not None) == unfair
