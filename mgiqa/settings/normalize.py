"""How the validated datasets become one manifest."""

from pydantic import Field

from mgiqa.settings.section import Section


class Normalize(Section):
    """Splits, by content and never by image, where a dataset has no official one."""

    val: float = Field(0.15, gt=0, lt=0.5)
    """Share of contents kept for choosing the best checkpoint."""
    test: float = Field(0.25, gt=0, lt=0.5)
    """Share of contents kept for evaluation; never seen before it."""
