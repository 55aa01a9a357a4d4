"""Two tables of scores on the same images."""

import numpy as np
import pandas as pd
import pytest

from mgiqa.errors import DataError
from mgiqa.evaluation.results.pairing import PAIR_COLUMNS, pair

NAN = float("nan")


def table(*rows: tuple[object, str, str, float, float]) -> pd.DataFrame:
    given = pd.DataFrame(rows, columns=["image_id", "dataset", "content", "mos", "score"])
    return given.assign(per_content=False)


FIRST = table(
    ("b2", "b", "b/y", 2.0, 3.0),
    ("a1", "a", "a/x", 1.0, 1.5),
    ("a2", "a", "a/x", 2.0, NAN),
    ("a3", "a", "a/y", 3.0, 3.5),
    ("a4", "a", "a/z", 4.0, 2.5),
    ("b1", "b", "b/x", NAN, 4.0),
)
"""Dataset a has four images, one without a score; b has two, one without a human score."""
SECOND = FIRST.assign(score=[1.0, 2.0, 3.0, 4.0, 5.0, 1.0]).sample(frac=1, random_state=1)


def test_scores_of_one_image_stand_beside_each_other_whatever_the_order_of_the_tables() -> None:
    both = pair(FIRST, SECOND).both
    assert both["image_id"].tolist() == ["a1", "a2", "a3", "a4", "b1", "b2"]
    assert both["dataset"].tolist() == ["a"] * 4 + ["b"] * 2
    assert both["content"].tolist() == ["a/x", "a/x", "a/y", "a/z", "b/x", "b/y"]
    np.testing.assert_array_equal(both["mos"], [1, 2, 3, 4, NAN, 2])
    np.testing.assert_array_equal(both["first"], [1.5, NAN, 3.5, 2.5, 4, 3])
    np.testing.assert_array_equal(both["second"], [2, 3, 4, 5, 1, 1])


def test_images_of_one_table_alone_are_named_and_compared_by_nothing() -> None:
    found = pair(FIRST[FIRST["image_id"] != "a3"], SECOND[~SECOND["image_id"].isin(["a1", "b2"])])
    assert found.only_first == ("a1", "b2")
    assert found.only_second == ("a3",)
    assert found.both["image_id"].tolist() == ["a2", "a4", "b1"]
    assert pair(FIRST, SECOND).only_first == pair(FIRST, SECOND).only_second == ()


@pytest.mark.parametrize(
    ("column", "value", "relabelled"),
    [
        ("mos", 3.0 + 1e-8, ("a3",)),
        ("mos", 3.0 + 1e-10, ()),
        ("mos", NAN, ("a3",)),
        ("dataset", "b", ("a3",)),
        ("content", "a/x", ("a3",)),
        ("score", 1.0, ()),
    ],
)
def test_an_image_is_relabelled_if_its_human_score_dataset_or_content_differs(
    column: str, value: object, relabelled: tuple[str, ...]
) -> None:
    other = FIRST.copy()
    other.loc[other["image_id"] == "a3", column] = value
    assert pair(FIRST, other).relabelled == relabelled


def test_a_figure_rests_on_images_with_both_scores_and_a_human_score() -> None:
    assert pair(FIRST, SECOND).scored["image_id"].tolist() == ["a1", "a3", "a4", "b2"]
    endless = SECOND.assign(score=SECOND["score"].replace(2.0, np.inf))
    assert pair(FIRST, endless).scored["image_id"].tolist() == ["a3", "a4", "b2"]


def test_a_dataset_ranks_from_three_images_on_that_do_not_all_have_one_human_score() -> None:
    found = pair(FIRST, SECOND)
    assert found.unranked() == ("b",)
    (ranked,) = found.benchmarks().values()
    assert (ranked.first.tolist(), ranked.second.tolist(), ranked.mos.tolist()) == (
        [1.5, 3.5, 2.5],
        [2, 4, 5],
        [1, 3, 4],
    )
    assert ranked.codes.tolist() == [0, 1, 2]
    assert not ranked.inside
    level = pair(FIRST.assign(mos=3.0), SECOND.assign(mos=3.0))
    assert level.benchmarks() == {}
    assert level.unranked() == ("a", "b")


def test_benchmarks_come_in_the_order_of_their_names_and_contents_are_told_apart() -> None:
    rows = [(f"{name}{number}", name, f"{name}/{number // 2}", number, number) for name in "zk" for number in range(4)]
    found = pair(table(*rows), table(*rows)).benchmarks()
    assert list(found) == ["k", "z"]
    assert found["z"].codes.tolist() == [0, 0, 1, 1]


def test_identifiers_are_compared_as_text() -> None:
    rows = [(number, "a", "a/x", number, number) for number in range(3)]
    text = [(str(number), "a", "a/x", str(number), str(number)) for number in range(3)]
    assert pair(table(*rows), table(*text)).both["image_id"].tolist() == ["0", "1", "2"]
    found = pair(table(*rows), table(*text))
    assert found.relabelled == ()
    assert found.both[["first", "second"]].dtypes.tolist() == [np.float64, np.float64]


def test_a_missing_column_is_named_with_all_that_are_needed() -> None:
    with pytest.raises(DataError) as refused:
        pair(FIRST, SECOND.drop(columns=["mos", "score"]))
    assert str(refused.value) == f"the scores have no column mos, score. They need {', '.join(PAIR_COLUMNS)}."


def test_an_image_that_is_scored_twice_is_named_and_such_rows_are_counted() -> None:
    with pytest.raises(DataError) as refused:
        pair(pd.concat([FIRST, FIRST.iloc[[3, 3, 1]]]), SECOND)
    assert str(refused.value) == "a3 is scored twice (3 such rows). Keep one row per image."
