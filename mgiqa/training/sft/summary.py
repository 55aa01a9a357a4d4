"""What is told of a warm-up: how its answers to validation images do, and whether they can be read."""

from collections.abc import Sequence
from dataclasses import asdict

from mgiqa.records import Check, Summary
from mgiqa.settings.training import Warmup
from mgiqa.training.sft.own_answers import Taught
from mgiqa.training.validation import ValidationScore


def warmup_summary(
    score: ValidationScore, images: int, settings: Warmup, examples: Sequence[Taught], digest: str
) -> Summary:
    """Of the stage ``warmup``: ``score`` on so many validation images, what was taught, and the digest of its model."""
    of_the_model = sum(example.text is not None for example in examples)
    return Summary(
        stage="warmup",
        facts={
            "steps": settings.steps,
            "own answers": of_the_model,
            "written answers": len(examples) - of_the_model,
            "images": images,
            "digest": digest,
        },
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
