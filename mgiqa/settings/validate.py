"""What a dataset must satisfy before anything learns from it."""

from pydantic import Field

from mgiqa.settings.section import Section


class Validate(Section):
    """Limits of the expectation suites."""

    max_quarantine: float = Field(0.02, ge=0, le=1)
    """Share of rows that may be set aside with a reason before ``normalize`` refuses the dataset."""
    max_pixels: int = Field(50_000_000, ge=1, le=50_000_000)
    """Images with more pixels are refused undecoded; no later stage takes more than the default."""
    min_side: int = Field(28, ge=1)
    """Images with a shorter side are quarantined; 28 is one visual token of Qwen2.5-VL."""
    data_docs: bool = False
    """Also build Great Expectations' Data Docs. Their pages load styles from the network."""
