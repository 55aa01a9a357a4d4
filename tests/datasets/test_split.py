"""Splits: by content, stable, disjoint, official where there is one."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.datasets.split import assign_splits, group_contents, leaking_rows
from mgiqa.errors import DataError


def table(contents: int = 20, versions: int = 3, dataset: str = "a", split: str = "") -> pd.DataFrame:
    rows = [(dataset, f"{dataset}/{content}", split) for content in range(contents) for _ in range(versions)]
    frame = pd.DataFrame(rows, columns=["dataset", "content", "split"])
    return frame.assign(sha256=[f"{dataset}{row}" for row in range(len(frame))])


def split(frame: pd.DataFrame, val: float = 0.15, test: float = 0.25, seed: int = 0) -> pd.DataFrame:
    return frame.assign(split=assign_splits(frame, val, test, seed))


def contents(frame: pd.DataFrame) -> dict[str, set[str]]:
    return {name: set(rows["content"]) for name, rows in frame.groupby("split")}


def test_shares_are_of_contents() -> None:
    parts = contents(split(table(20)))
    assert {name: len(part) for name, part in parts.items()} == {"train": 12, "val": 3, "test": 5}


def test_the_smallest_dataset_still_has_every_part() -> None:
    assert {name: len(part) for name, part in contents(split(table(3))).items()} == {"train": 1, "val": 1, "test": 1}


def test_equal_seeds_give_equal_splits_and_other_seeds_other_ones() -> None:
    assert split(table(), seed=1).equals(split(table(), seed=1))
    assert contents(split(table(), seed=1)) != contents(split(table(), seed=2))


def test_the_order_of_rows_changes_nothing() -> None:
    frame = table()
    shuffled = frame.sample(frac=1, random_state=0)
    assert contents(split(shuffled)) == contents(split(frame))


def test_another_dataset_reshuffles_nothing() -> None:
    alone = contents(split(table()))
    both = split(pd.concat([table(), table(7, dataset="b")], ignore_index=True))
    assert contents(both[both["dataset"] == "a"]) == alone


def test_an_official_split_is_kept() -> None:
    frame = pd.concat(
        [table(4, split="train"), table(2, dataset="a2", split="val"), table(3, dataset="a3", split="test")],
        ignore_index=True,
    ).assign(dataset="a")
    assert split(frame)["split"].tolist() == frame["split"].tolist()


def test_validation_is_drawn_from_training_where_the_official_split_has_none() -> None:
    frame = pd.concat([table(20, split="train"), table(10, dataset="b", split="test")], ignore_index=True)
    parts = contents(split(frame.assign(dataset="a")))
    assert {name: len(part) for name, part in parts.items()} == {"train": 17, "val": 3, "test": 10}
    assert all(content.startswith("b/") for content in parts["test"])


def test_a_dataset_for_testing_is_all_test() -> None:
    assert set(split(table(split="test"))["split"]) == {"test"}


def test_contents_that_share_a_file_stay_together_even_across_datasets() -> None:
    frame = pd.concat([table(10), table(10, dataset="b")], ignore_index=True)
    frame.loc[[0, 30], "sha256"] = "same"
    frame.loc[[31, 59], "sha256"] = "also same"
    groups = group_contents(frame)
    assert groups[0] == groups[30] == groups[59] == "a/0"
    for seed in range(10):
        parts = split(frame, seed=seed)["split"]
        assert parts[0] == parts[30] == parts[59]


def test_an_official_split_pulls_in_what_shares_its_files() -> None:
    frame = pd.concat([table(10), table(10, dataset="b", split="test")], ignore_index=True)
    frame.loc[[0, 30], "sha256"] = "same"
    assert set(split(frame)["split"][:3]) == {"test"}


def test_one_content_in_two_official_splits_is_refused() -> None:
    frame = pd.concat([table(3, split="train"), table(3, split="test")], ignore_index=True)
    with pytest.raises(DataError, match=r"3 contents are officially in two splits, first a/0 \(test and train\)"):
        split(frame)


def test_leaking_rows_are_those_of_the_lighter_split() -> None:
    frame = pd.DataFrame({"content": ["x", "x", "y", "z", "z"], "split": ["train", "test", "train", "val", ""]})
    assert leaking_rows(frame, "content") == [0]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 6), st.integers(0, 9)), min_size=1, max_size=40),
    st.integers(0, 3),
)
def test_no_content_and_no_file_is_ever_in_two_splits(rows: list[tuple[str, int, int]], seed: int) -> None:
    frame = pd.DataFrame(
        [(name, f"{name}/{content}", "", f"file{file}") for name, content, file in rows],
        columns=["dataset", "content", "split", "sha256"],
    )
    result = split(frame, seed=seed)
    assert set(result["split"]) <= {"train", "val", "test"}
    assert leaking_rows(result, "content") == leaking_rows(result, "sha256") == []
