"""Splits: by content, stable, disjoint, official where there is one."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.datasets.split.assignment import assign_splits, group_contents, leaking_rows, shares
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


@pytest.mark.parametrize("number", [1, 2])
def test_what_is_too_small_to_share_is_all_training(number: int) -> None:
    assert set(split(table(number))["split"]) == {"train"}


def test_a_share_is_rounded_to_whole_contents() -> None:
    parts = contents(split(table(11), val=0.15, test=0.25))
    assert {name: len(part) for name, part in parts.items()} == {"train": 6, "val": 2, "test": 3}


def test_more_validation_takes_from_training_and_leaves_the_test_part_as_it_is() -> None:
    little, much = contents(split(table(20), val=0.1)), contents(split(table(20), val=0.4))
    assert little["test"] == much["test"]
    assert little["val"] < much["val"]


def test_a_longer_test_part_holds_the_shorter_one() -> None:
    short, long = contents(split(table(20), test=0.1)), contents(split(table(20), test=0.4))
    assert short["test"] < long["test"]


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


def official(**parts: int) -> pd.DataFrame:
    """One dataset with so many contents in each official part; ``none`` are in none."""
    frames = [table(number, dataset=name, split="" if name == "none" else name) for name, number in parts.items()]
    return pd.concat(frames, ignore_index=True).assign(dataset="a")


def parts_of(frame: pd.DataFrame, result: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Official part → what became of its contents."""
    known = frame.assign(now=result["split"]).drop_duplicates("content")
    return {part: rows["now"].value_counts().to_dict() for part, rows in known.groupby("split")}


def test_contents_without_an_official_split_join_training_where_a_test_part_is_given() -> None:
    frame = official(test=4, none=8, train=12)
    result = split(frame)
    assert (result["split"] == "val").groupby(result["content"]).all().sum() == 3
    found = parts_of(frame, result)
    assert found["test"] == {"test": 4}
    assert "test" not in {**found["train"], **found[""]}


def test_an_official_validation_part_is_all_the_validation_there_is() -> None:
    frame = official(test=4, val=2, none=10)
    assert parts_of(frame, split(frame)) == {"test": {"test": 4}, "val": {"val": 2}, "": {"train": 10}}
    frame = official(val=2, none=10)
    assert parts_of(frame, split(frame, test=0.2)) == {"val": {"val": 2}, "": {"train": 8, "test": 2}}


def test_where_only_training_is_official_the_others_are_shared_out() -> None:
    frame = official(train=30, none=20)
    found = parts_of(frame, split(frame))
    assert found == {"train": {"train": 30}, "": {"train": 12, "val": 3, "test": 5}}


def test_the_split_of_a_row_stands_at_its_own_index() -> None:
    frame = table(10)
    renamed = frame.set_axis([f"row {row}" for row in reversed(range(len(frame)))])
    assert assign_splits(renamed, 0.15, 0.25, 0).to_dict() == dict(
        zip(renamed.index, assign_splits(frame, 0.15, 0.25, 0), strict=True)
    )


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


def test_of_several_contents_in_two_official_splits_the_first_by_name_is_told() -> None:
    frame = pd.concat([table(2, split="val"), table(2, split="test")], ignore_index=True)
    frame["content"] = frame["content"].map({"a/0": "a/z", "a/1": "a/b"})
    with pytest.raises(DataError, match=r"2 contents are officially in two splits, first a/b \(test and val\)"):
        split(frame)


def test_files_that_are_not_known_link_nothing() -> None:
    frame = table(6).assign(sha256=None)
    assert group_contents(frame).tolist() == frame["content"].tolist()


def test_a_chain_of_shared_files_is_one_group_named_by_its_first_content() -> None:
    links = [("d", 1), ("c", 1), ("c", 2), ("b", 2), ("e", 3), ("d", 3), ("f", 4), ("g", 4), ("h", 5)]
    frame = pd.DataFrame(links, columns=["content", "sha256"])
    for seed in range(5):
        shuffled = frame.sample(frac=1, random_state=seed)
        found = dict(zip(shuffled["content"], group_contents(shuffled), strict=True))
        assert found == {"b": "b", "c": "b", "d": "b", "e": "b", "f": "f", "g": "f", "h": "h"}


def test_leaking_rows_are_those_of_the_lighter_split() -> None:
    frame = pd.DataFrame({"content": ["x", "x", "y", "z", "z"], "split": ["train", "test", "train", "val", ""]})
    assert leaking_rows(frame, "content") == [0]


@pytest.mark.parametrize(
    ("splits", "leaks"),
    [
        (["train", "val"], [0]),
        (["val", "test"], [0]),
        (["test", "train"], [1]),
        (["train", "val", "test"], [0, 1]),
        (["val", "train", "val"], [1]),
        (["train", "train"], []),
        (["", "test"], []),
        (["", "train", ""], []),
    ],
)
def test_test_weighs_more_than_validation_and_that_more_than_training(splits: list[str], leaks: list[int]) -> None:
    assert leaking_rows(pd.DataFrame({"content": "x", "split": splits}), "content") == leaks


def test_rows_without_a_value_leak_nothing() -> None:
    frame = pd.DataFrame({"sha256": [None, None, "s", "s"], "split": ["train", "test", "train", "test"]})
    assert leaking_rows(frame, "sha256") == [2]


def test_shares_count_rows_and_contents_of_each_dataset_and_split() -> None:
    frame = pd.DataFrame(
        [
            ("b", "b/x", "test"),
            ("a", "a/x", "train"),
            ("a", "a/x", "train"),
            ("a", "a/y", "train"),
            ("a", "a/z", "val"),
        ],
        columns=["dataset", "content", "split"],
    )
    first, second = shares(frame)
    assert list(first) == [
        "dataset", "train rows", "val rows", "test rows", "train contents", "val contents", "test contents",
    ]  # fmt: skip
    assert list(first.values()) == ["a", 3, 1, 0, 2, 1, 0]
    assert list(second.values()) == ["b", 0, 0, 1, 0, 0, 1]


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
