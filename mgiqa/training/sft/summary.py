"""What is told of a warm-up: how its answers to validation images do, and whether they can be read."""

from collections.abc import Sequence
from dataclasses import asdict

from mgiqa.models.load import LoadedModel
from mgiqa.models.origin import how_read
from mgiqa.records import Check, Summary
from mgiqa.scoring.generation import Decoding
from mgiqa.settings.training import Warmup
from mgiqa.training.data import TrainingData
from mgiqa.training.sft.own_answers import Taught
from mgiqa.training.validation import read_validation, validation_answers, validation_score


def warmup_summary(
    loaded: LoadedModel,
    validation: TrainingData,
    settings: Warmup,
    max_tokens: int,
    examples: Sequence[Taught],
    digest: str,
) -> Summary:
    """Of the stage ``warmup``: how its model answers validation images, what it was taught, and its digest."""
    answers = validation_answers(loaded, validation, Decoding(max_tokens=max_tokens))
    score = validation_score(read_validation(answers, how_read(loaded.origin)), validation)
    images = len(validation)
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
