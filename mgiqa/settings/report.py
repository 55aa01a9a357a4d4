"""What the report shows."""

from pydantic import Field

from mgiqa.settings.section import Section


class Report(Section):
    """The HTML page."""

    gallery: int = Field(12, ge=0, le=100)
    """Images in the gallery with their answers."""
