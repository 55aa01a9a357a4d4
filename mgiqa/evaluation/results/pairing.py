"""Two tables of scores, brought onto the same images.

A table has one row per image: ``image_id, dataset, content, per_content`` (whether scores of the dataset compare only
inside a content), ``mos`` (human score) and ``score`` (NaN where the model gave none).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mgiqa.errors import DataError
from mgiqa.metrics.bootstrap import content_codes
from mgiqa.metrics.difference import Benchmark

PAIR_COLUMNS = ("image_id", "dataset", "content", "per_content", "mos", "score")
ENOUGH = 3
"""Images below which a dataset ranks nothing."""


@dataclass(frozen=True)
class Pairing:
    """The images of two tables.

    Attributes:
        both: images in both: ``image_id, dataset, content, per_content, mos, first, second``; a score is NaN where it
            failed.
        only_first: ids that only the first table has.
        only_second: ids that only the second has.
        relabelled: ids whose human score, dataset or content differs between the two.
    """

    both: pd.DataFrame
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    relabelled: tuple[str, ...]

    @property
    def scored(self) -> pd.DataFrame:
        """The images that have both scores and a human score: what a paired figure rests on."""
        return self.both.loc[np.isfinite(self.both[["mos", "first", "second"]].to_numpy(np.float64)).all(axis=1)]

    def benchmarks(self) -> dict[str, Benchmark]:
        """Dataset → its images with all scores, for datasets whose human scores can rank; see ``unranked``."""
        parts = {str(name): part for name, part in self.scored.groupby("dataset", sort=True)}
        return {name: _benchmark(part) for name, part in parts.items() if _can_rank(part["mos"])}

    def unranked(self) -> tuple[str, ...]:
        """Datasets with too few images, or too few different human scores, to rank."""
        return tuple(sorted({str(name) for name in self.both["dataset"]} - set(self.benchmarks())))


def pair(first: pd.DataFrame, second: pd.DataFrame) -> Pairing:
    """Joins two tables by ``image_id``.

    Raises:
        DataError: a column is missing, or an image is twice in one table.
    """
    tables = [_indexed(first), _indexed(second)]
    common = tables[0].index.intersection(tables[1].index)
    one, two = (table.loc[common] for table in tables)
    same = _equal(one["mos"], two["mos"]) & (one["dataset"] == two["dataset"]) & (one["content"] == two["content"])
    inside = one["per_content"] | two["per_content"]
    both = one.drop(columns="score").assign(per_content=inside, first=one["score"], second=two["score"]).reset_index()
    return Pairing(
        both,
        tuple(tables[0].index.difference(common)),
        tuple(tables[1].index.difference(common)),
        tuple(common[~same.to_numpy(bool)]),
    )


def _indexed(table: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in PAIR_COLUMNS if name not in table]
    if missing:
        raise DataError(
            f"the scores have no column {', '.join(missing)}", remedy=f"They need {', '.join(PAIR_COLUMNS)}."
        )
    indexed = table[list(PAIR_COLUMNS)].assign(image_id=table["image_id"].astype(str)).set_index("image_id")
    twice = indexed.index[indexed.index.duplicated()]
    if len(twice):
        raise DataError(f"{twice[0]} is scored twice ({len(twice)} such rows)", remedy="Keep one row per image.")
    return indexed.assign(mos=indexed["mos"].astype(float), score=indexed["score"].astype(float)).sort_index()


def _equal(one: "pd.Series[float]", two: "pd.Series[float]") -> "pd.Series[bool]":
    return pd.Series(np.isclose(one, two, rtol=0, atol=1e-9, equal_nan=True), index=one.index)


def _can_rank(mos: "pd.Series[float]") -> bool:
    return len(mos) >= ENOUGH and mos.nunique() > 1


def _benchmark(rows: pd.DataFrame) -> Benchmark:
    first, second, mos = (rows[name].to_numpy(np.float64) for name in ("first", "second", "mos"))
    return Benchmark(
        first, second, mos, content_codes(rows["content"].to_numpy(object)), bool(rows["per_content"].all())
    )
