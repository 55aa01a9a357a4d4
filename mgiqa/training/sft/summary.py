"""What is told of a warm-up: how its answers to validation images do, and whether they can be read."""

from dataclasses import asdict

from mgiqa.records import Check, Summary
from mgiqa.settings.training import Warmup
from mgiqa.training.validation import ValidationScore


def warmup_summary(score: ValidationScore, images: int, settings: Warmup, digest: str) -> Summary:
    """Of the stage ``warmup``: ``score`` on so many validation images, and the digest of its model."""
    return Summary(
        stage="warmup",
        facts={"steps": settings.steps, "images": images, "digest": digest},
        tables={"Scores on validation images": [asdict(score)]},
        checks=(
            Check(
                "parse_rate",
                score.parsed >= settings.min_parsed,
                f"{score.parsed:.1%} of the answers to {images} validation images can be read; "
                f"at least {settings.min_parsed:.0%} must.",
            ),
        ),
    )
