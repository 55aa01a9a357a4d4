"""The expectation suite of a dataset, made from its facts in the catalogue.

An expectation about rows sets the rows that break it aside; one about the whole table blocks the dataset if it is
critical, and only warns otherwise. Importing this file loads Great Expectations.
"""

from dataclasses import dataclass

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from mgiqa.datasets.catalogue.facts import Dataset, Layout, ScoreColumn
from mgiqa.datasets.schema import RECORD_COLUMNS, SPLITS
from mgiqa.datasets.validate.expectations import (
    ExpectColumnValuesToBeImagesThatDecode,
    ExpectColumnValuesToStayInOneSplit,
)
from mgiqa.images.bounds import MAX_PIXELS

FILE = "file"
"""Column with absolute paths that images are opened by; only validation has it."""


@dataclass(frozen=True)
class Limits:
    """What a dataset is held to besides its facts: sizes and counts that are settings, or follow from the source.

    Attributes:
        rows: expected number of rows, ``None`` where any number will do.
        strict_rows: whether another number of rows blocks the dataset, or only warns.
        images: whether the files are looked at; without, only the labels are.
        max_pixels: images with more are refused.
        min_side: images with a shorter side are refused.
    """

    rows: int | None = None
    strict_rows: bool = False
    images: bool = True
    max_pixels: int = MAX_PIXELS
    min_side: int = 28


def build_suite(entry: Dataset, layout: Layout, limits: Limits) -> list[Expectation]:
    """All expectations of one dataset. ``meta`` holds ``rule`` (stable name) and, for those about rows, ``reason``."""
    expectations: list[Expectation] = [
        gxe.ExpectTableColumnsToMatchSet(
            column_set=[*RECORD_COLUMNS, FILE, *_besides(layout)], exact_match=True, meta={"rule": "columns"}
        ),
        gxe.ExpectColumnValuesToBeUnique(column="image_id", meta=_row("unique_id", "its id occurs more than once")),
        gxe.ExpectColumnValuesToNotBeNull(column="content", meta=_row("content", "its content is not known")),
        gxe.ExpectColumnValuesToBeInSet(
            column="split", value_set=["", *SPLITS], meta=_row("split", "its split is not train, val or test")
        ),
        gxe.ExpectColumnValuesToBeInSet(column="family", value_set=[entry.family], meta={"rule": "family"}),
        ExpectColumnValuesToStayInOneSplit(
            column="content", meta=_row("content_in_one_split", "its content is also in a weightier split")
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column=layout.overall.mos, meta=_row("overall_labelled", "its overall score is missing")
        ),
    ]
    for score in layout.scores:
        expectations += _about_score(score)
    if limits.images:
        expectations += _about_images(limits)
    if limits.rows is not None:
        expectations.append(
            gxe.ExpectTableRowCountToEqual(
                value=limits.rows,
                severity=FailureSeverity.CRITICAL if limits.strict_rows else FailureSeverity.WARNING,
                meta={"rule": "row_count"},
            )
        )
    return expectations


def _row(rule: str, reason: str) -> dict[str, str]:
    return {"rule": rule, "reason": reason}


def _besides(layout: Layout) -> list[str]:
    return [column for score in layout.scores if not score.key for column in (score.mos, score.deviation)]


def _about_score(score: ScoreColumn) -> list[Expectation]:
    width = score.high - score.low
    rounding = 1e-9 * width
    expectations: list[Expectation] = [
        gxe.ExpectColumnValuesToBeBetween(
            column=score.mos,
            min_value=score.low - rounding,
            max_value=score.high + rounding,
            meta=_row(f"{score.mos}_in_range", f"its {score.name} is outside {score.low:g} to {score.high:g}"),
        )
    ]
    if score.std is None:
        return expectations
    return [
        *expectations,
        gxe.ExpectColumnValuesToBeBetween(
            column=score.deviation,
            min_value=0,
            meta=_row(f"{score.deviation}_not_negative", f"its deviation of {score.name} is negative"),
        ),
        # votes inside a range cannot deviate by more: two votes, one at each end
        gxe.ExpectColumnValuesToBeBetween(
            column=score.deviation,
            max_value=width / 2**0.5 + rounding,
            meta=_row(f"{score.deviation}_possible", f"its deviation of {score.name} is on another scale"),
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column=score.deviation,
            min_value=0,
            strict_min=True,
            severity=FailureSeverity.WARNING,
            meta={"rule": f"{score.deviation}_not_zero"},
        ),
    ]


def _about_images(limits: Limits) -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(column=FILE, meta=_row("image_there", "its image is missing")),
        ExpectColumnValuesToBeImagesThatDecode(
            column=FILE, max_pixels=limits.max_pixels, meta=_row("image_decodes", "its image does not open")
        ),
        *(
            gxe.ExpectColumnValuesToBeBetween(
                column=side,
                min_value=limits.min_side,
                meta=_row(f"{side}_in_limits", f"its {side} is less than {limits.min_side} pixels"),
            )
            for side in ("width", "height")
        ),
        ExpectColumnValuesToStayInOneSplit(
            column="sha256", meta=_row("image_in_one_split", "its file is also in a weightier split")
        ),
        gxe.ExpectColumnValuesToBeUnique(
            column="sha256", severity=FailureSeverity.WARNING, meta={"rule": "unique_image"}
        ),
    ]
