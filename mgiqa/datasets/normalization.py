"""What a manifest must be before anything learns from it, and what is told of it."""

from collections.abc import Mapping

import pandas as pd

from mgiqa.datasets.catalogue.facts import Layout
from mgiqa.datasets.manifest import Alignment, ranges, roundtrip_error
from mgiqa.datasets.schema import SPLITS
from mgiqa.datasets.split.assignment import leaking_rows, shares
from mgiqa.errors import DataError
from mgiqa.records import Check, Summary

_TOLERANCE = 1e-9


def refuse_learning_across_contents(manifest: pd.DataFrame) -> None:
    """Training compares images of different contents, and so does the choice of the step that is kept.

    Raises:
        DataError: a dataset whose scores compare only inside a content is not for test alone.
    """
    learned = manifest[manifest["per_content"] & (manifest["split"] != "test")]
    if len(learned):
        raise DataError(
            f"{len(learned)} rows of {', '.join(sorted(learned['dataset'].unique()))} are for training or validation, "
            "but their scores compare only inside a content",
            remedy="Set `split: test` for the dataset in params.yaml.",
        )


def normalization_summary(manifest: pd.DataFrame, maps: Alignment, layouts: Mapping[str, Layout]) -> Summary:
    """Of the stage ``normalize``: the manifest, how its scores were mapped, and the layouts that they came in."""
    return Summary(
        stage="normalize",
        facts={
            "datasets": len(layouts),
            "rows": len(manifest),
            "contents": manifest["content"].nunique(),
            **{f"{split} rows": int((manifest["split"] == split).sum()) for split in SPLITS},
        },
        tables={"Splits": shares(manifest), "Scores before and after": ranges(manifest, layouts)},
        checks=(_disjoint(manifest), _invertible(roundtrip_error(manifest, maps))),
    )


def _disjoint(manifest: pd.DataFrame) -> Check:
    leaks = {column: len(leaking_rows(manifest, column)) for column in ("content", "sha256")}
    return Check(
        "splits_disjoint",
        not any(leaks.values()),
        f"{leaks['content']} rows share a content, and {leaks['sha256']} a file, with another split "
        f"(of {len(manifest)})",
    )


def _invertible(error: float) -> Check:
    return Check(
        "scale_invertible",
        error <= _TOLERANCE,
        f"mapped back, scores differ by at most {error:.1e} of a 1-5 point (limit {_TOLERANCE:.0e})",
    )
