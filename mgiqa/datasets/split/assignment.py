"""Training, validation and test: by content and never by image, from a seed, official where there is one.

What shows the same thing must stay together: images of one content, and contents that share a file byte for byte,
even across datasets. Such a *group* goes into one split as a whole.
"""

import hashlib
from collections.abc import Iterable

import pandas as pd

from mgiqa.datasets.schema import SPLITS
from mgiqa.errors import DataError

_WEIGHT = {"": 0, "train": 1, "val": 2, "test": 3}


def assign_splits(table: pd.DataFrame, val: float, test: float, seed: int) -> pd.Series:
    """The split of every row.

    Groups with an official split keep it. Where a dataset has none, ``test`` and ``val`` shares of its groups are
    drawn; where its official split has no validation part, that is drawn from its training part. The draw of a group
    depends on the seed and its name, so adding a dataset does not reshuffle the others.

    Args:
        table: columns ``dataset, content, split`` (``""`` where not official) and ``sha256``.
        val: share of a dataset's groups for validation.
        test: share of a dataset's groups for test.
        seed: of the draw.

    Returns:
        ``train``, ``val`` or ``test`` for each row, with the index of ``table``.

    Raises:
        DataError: one group has two official splits.
    """
    groups = group_contents(table)
    decided = _official(table, groups)
    for _, rows in table.groupby("dataset", sort=True):
        members = sorted(set(groups[rows.index]), key=lambda group: _draw(seed, group))
        _draw_splits(members, decided, val, test)
    return groups.map(decided)


def _draw_splits(members: list[str], decided: dict[str, str], val: float, test: float) -> None:
    """Fills ``decided`` for one dataset's groups, given in the order of the draw."""
    free = [group for group in members if group not in decided]
    official = len(free) < len(members) and any(decided[group] == "test" for group in members if group in decided)
    candidates = free if not official else [group for group in members if decided.get(group, "train") == "train"]
    has_val = any(decided.get(group) == "val" for group in members)
    tests = 0 if official else _share(test, len(candidates))
    vals = 0 if has_val else _share(val, len(candidates))
    for position, group in enumerate(candidates):
        decided[group] = "test" if position < tests else "val" if position < tests + vals else "train"


def _share(share: float, count: int) -> int:
    """A share of ``count`` groups, at least one where there are three or more to share."""
    return max(round(share * count), 1) if count >= 3 else 0


def _draw(seed: int, group: str) -> str:
    return hashlib.sha256(f"{seed}/{group}".encode()).hexdigest()


def _official(table: pd.DataFrame, groups: pd.Series) -> dict[str, str]:
    stated = pd.DataFrame({"group": groups, "split": table["split"]})[table["split"] != ""].drop_duplicates()
    twice = stated[stated["group"].duplicated(keep=False)].sort_values(["group", "split"])
    if len(twice):
        raise DataError(
            f"{twice['group'].nunique()} contents are officially in two splits, first {twice['group'].iloc[0]} "
            f"({' and '.join(twice['split'].iloc[:2])})",
            remedy="Set `split: content` for the dataset in params.yaml, or correct its split column.",
        )
    return dict(zip(stated["group"], stated["split"], strict=True))


def group_contents(table: pd.DataFrame) -> pd.Series:
    """The group of every row: the alphabetically first of all contents that are linked by equal files."""
    parent: dict[str, str] = {content: content for content in table["content"]}

    def root(content: str) -> str:
        while parent[content] != content:
            parent[content] = content = parent[parent[content]]
        return content

    for contents in _linked(table):
        first, *rest = sorted({root(content) for content in contents})
        parent.update(dict.fromkeys(rest, first))
    return table["content"].map(root)


def _linked(table: pd.DataFrame) -> Iterable[Iterable[str]]:
    pairs = table[["sha256", "content"]].dropna().drop_duplicates()
    shared = pairs[pairs["sha256"].duplicated(keep=False)]
    return (contents for _, contents in shared.groupby("sha256", sort=True)["content"])


def leaking_rows(table: pd.DataFrame, column: str) -> list[int]:
    """Positions of the rows whose ``column`` value also occurs in a weightier split (test over val over train).

    Taking these rows out makes the splits disjoint and leaves the test split as it is.
    """
    weight = table["split"].map(_WEIGHT)
    heaviest = weight.groupby(table[column], sort=False).transform("max")
    leaks = (weight > 0) & (weight < heaviest)
    return [position for position, leak in enumerate(leaks) if leak]


def shares(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows and contents per dataset and split, for people."""
    return [
        {
            "dataset": name,
            **{f"{split} rows": int((rows["split"] == split).sum()) for split in SPLITS},
            **{f"{split} contents": rows.loc[rows["split"] == split, "content"].nunique() for split in SPLITS},
        }
        for name, rows in table.groupby("dataset", sort=True)
    ]
