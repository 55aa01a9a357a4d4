"""What validation holds a dataset to, besides its facts."""

from dataclasses import dataclass

from mgiqa.images.bounds import MAX_PIXELS


@dataclass(frozen=True)
class Limits:
    """Sizes and counts that are settings, or follow from the source.

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
