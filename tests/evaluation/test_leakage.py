"""Nobody is judged on images that one of the two learned from."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.evaluation.comparison.leakage import Fair, Side, leaked, unlearned
from mgiqa.records import Decision

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


def contents(fair: Fair | Decision) -> set[str]:
    assert isinstance(fair, Fair)
    return set(fair.images["content"])


def test_models_made_with_the_same_splits_are_compared_on_all_images() -> None:
    for champion in (Side("first", SAME), None):
        fair = unlearned(unseen(ONE), Side("second", ONE), champion, 4)
        assert contents(fair) == {"spaq/c", "spaq/d"}
        assert isinstance(fair, Fair) and (fair.left_out, fair.sentences) == (0, ())


def test_images_that_the_champion_learned_from_are_left_out_and_told() -> None:
    fair = unlearned(unseen(ONE), Side("second", ONE), Side("first", OTHER), 2)
    assert contents(fair) == {"spaq/d"}
    told = fair.told(Decision(True, ("It is better.",), {"srcc": 0.7}))  # type: ignore[union-attr]
    assert told.reasons == (
        "It is better.",
        "2 of 4 test images are left out: first learned from their contents (such as spaq/c).",
    )
    assert told.promote and told.figures == {"srcc": 0.7, "learned": 2}


def test_images_that_the_challenger_learned_from_itself_are_left_out_even_for_a_first_champion() -> None:
    fair = unlearned(unseen(OTHER), Side("second", ONE), None, 2)
    assert contents(fair) == {"spaq/d"}
    assert isinstance(fair, Fair) and "second learned from their contents" in fair.sentences[0]


def test_what_the_champion_was_tested_on_and_the_challenger_learned_from_does_not_matter() -> None:
    champion = splits(a="test", e="train", c="test")
    assert contents(unlearned(unseen(ONE), Side("second", ONE), Side("first", champion), 4)) == {"spaq/c", "spaq/d"}


def test_an_image_that_both_learned_from_is_left_out_once() -> None:
    fair = unlearned(unseen(splits(a="test", d="test")), Side("second", ONE), Side("first", ONE), 2)
    assert isinstance(fair, Fair) and fair.left_out == 2 and len(fair.sentences) == 2


def test_too_few_images_are_no_comparison_and_the_way_on_depends_on_why() -> None:
    refused = unlearned(unseen(ONE), Side("second", ONE), Side("first", OTHER), 3)
    assert isinstance(refused, Decision) and not refused.promote
    assert refused.reasons[0].startswith("Only 2 of 4 test images") and "seed" in refused.reasons[0]
    assert "first learned" in refused.reasons[1] and refused.figures == {"images": 4, "learned": 2}
    refused = unlearned(unseen(ONE), Side("second", ONE), None, 5)
    assert isinstance(refused, Decision) and "normalize.test" in refused.reasons[0]


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
        refused = unlearned(unseen(ONE), Side("second", challenger), Side("first", champion), 1)
        assert isinstance(refused, Decision) and not refused.promote
        name = "second" if challenger is None else "first"
        assert f"unknown which images {name} learned from" in refused.reasons[0] and remedy in refused.reasons[0]


@given(
    st.lists(st.sampled_from(SPLITS), min_size=6, max_size=6), st.lists(st.sampled_from(SPLITS), min_size=6, max_size=6)
)
def test_what_is_compared_is_exactly_what_is_test_for_both(ours: list[str], theirs: list[str]) -> None:
    one, other = (splits(**dict(zip("abcdef", drawn, strict=True))) for drawn in (ours, theirs))
    drawn = zip("abcdef", ours, theirs, strict=True)
    both = {f"spaq/{name}" for name, first, second in drawn if first == second == "test"}
    assert contents(unlearned(unseen(one), Side("second", one), Side("first", other), 0)) == both
